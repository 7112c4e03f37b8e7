import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFile,
  fstatSync,
  fsync,
  lstatSync,
  openSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { fail } from '@leman/contracts';
import type { StorageContext } from './context.ts';
import { createRunningDigests, type Digests } from './digests.ts';
import { absoluteOf, isCode } from './namespace.ts';
import { publishObject } from './publish-object.ts';
import { writeAll, writeAllAtOnce } from './write-all.ts';

export interface Incoming {
  /** Bytes received so far. */
  readonly size: number;
  /** Takes a chunk; when it returns a promise, wait for it before the next. */
  write(chunk: Buffer): Promise<void> | undefined;
  /**
   * Checks size and digests and makes the object visible under its name, as a whole.
   * @throws FileConsistencyMismatch 412; FileAlreadyExists 412 when it must be new and is not; MethodNotAllowed 405 on
   * a directory
   */
  publish(options: { mustBeNew: boolean }): Promise<{ adler32: string; stat: Stats }>;
  /** Removes what came. Does nothing after `publish`. Call it in any case. */
  close(): Promise<void>;
}

export interface IncomingOptions {
  path: string;
  /** Bytes that will come, when known. */
  size?: number | undefined;
  expected?: Digests;
}

/** Chunks are gathered up to this size before they are written. */
const GATHER_BYTES = 128 * 1024;
/** Names of unfinished uploads; what an earlier run left under such a name is removed at the start. */
export const incomingName = /^[0-9a-f]{24}\.incoming$/;

const flushToDisk = promisify(fsync);
const copy = promisify(copyFile);

/**
 * Takes in one object: bytes grow in a hidden file of their own while their adler32 is computed, and appear under the
 * name only when everything is right. Readers never see a part; whatever fails leaves nothing.
 * @throws ResourceTemporaryUnavailable 507 when there is no room
 */
export const receiveObject = (
  context: StorageContext,
  { path, size: promised, expected = {} }: IncomingOptions,
): Incoming => {
  let reserved = promised ?? 0;
  context.space.reserve(reserved);
  const temporary = join(context.incoming, `${randomBytes(12).toString('hex')}.incoming`);
  let handle: number | undefined;
  try {
    handle = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644);
  } catch (error) {
    context.space.release(reserved, 0);
    throw error;
  }
  const file = handle;
  const digests = createRunningDigests(expected);
  let size = 0;
  let written = 0;
  let gathered: Buffer[] = [];
  let gatheredBytes = 0;
  let writing: Promise<void> | undefined;
  let isPublished = false;

  const flush = async (): Promise<void> => {
    const before = writing;
    const [chunks, bytes] = [gathered, gatheredBytes];
    gathered = [];
    gatheredBytes = 0;
    await before;
    writing = writeAll(file, chunks, bytes);
    written += bytes;
    context.space.wrote(bytes);
    writing.catch(() => undefined);
  };

  return {
    get size() {
      return size;
    },
    write(chunk) {
      size += chunk.length;
      if (promised !== undefined && size > promised)
        throw fail('FileConsistencyMismatch', `More than the promised ${promised} bytes came.`);
      if (size > reserved) {
        const more = Math.max(size - reserved, GATHER_BYTES);
        context.space.reserve(more);
        reserved += more;
      }
      digests.update(chunk);
      gathered.push(chunk);
      gatheredBytes += chunk.length;
      return gatheredBytes >= GATHER_BYTES ? flush() : undefined;
    },
    async publish({ mustBeNew }) {
      if (promised !== undefined && size !== promised) {
        throw fail(
          'FileConsistencyMismatch',
          `${size} bytes came, ${promised} were promised. Send it again.`,
        );
      }
      const adler32 = digests.finish();
      await writing;
      if (gatheredBytes > 0) {
        if (context.pace.isSlow()) await writeAll(file, gathered, gatheredBytes);
        else context.pace.atOnce(() => writeAllAtOnce(file, gathered, gatheredBytes));
      }
      gathered = [];
      if (context.durability === 'power') await flushToDisk(file);
      const stat = fstatSync(file);
      await publishObject(context, temporary, { path, mustBeNew, stat, adler32 });
      isPublished = true;
      context.traffic.in(size);
      if (context.durability === 'power') {
        const directory = openSync(dirname(absoluteOf(context, path)), constants.O_RDONLY);
        await flushToDisk(directory).finally(() => closeSync(directory));
      }
      return { adler32, stat };
    },
    async close() {
      if (handle === undefined) return;
      handle = undefined;
      await writing?.catch(() => undefined);
      closeSync(file);
      context.space.release(reserved, written);
      if (!isPublished) {
        try {
          unlinkSync(temporary);
        } catch (error) {
          if (!isCode(error, 'ENOENT')) throw error;
        }
      }
    },
  };
};

/** Copies a local file under another name, as a whole; shares blocks where the file system can. */
export const duplicateFile = async (
  context: StorageContext,
  from: { absolute: string; size: number; adler32: string | null },
  path: string,
  mustBeNew: boolean,
): Promise<void> => {
  context.space.reserve(from.size);
  const temporary = join(context.incoming, `${randomBytes(12).toString('hex')}.incoming`);
  try {
    await copy(from.absolute, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    const stat = lstatSync(temporary);
    await publishObject(context, temporary, {
      path,
      mustBeNew,
      stat,
      adler32: stat.size === from.size ? from.adler32 : null,
    });
  } catch (error) {
    try {
      unlinkSync(temporary);
    } catch {
      // It may not have come to be.
    }
    throw error;
  } finally {
    context.space.release(from.size, 0);
  }
};
