import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, opendir, rename, rm, stat as statFile, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createAdler32 } from '@leman/contracts';
import { checksumByReading } from '../checksum-by-reading.ts';
import { type ErrorClassName, StorageError } from '../storage-error.ts';
import type { CallOptions, FileStat, StorageProtocol } from '../storage-protocol.ts';

const classes: Record<string, ErrorClassName> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  EEXIST: 'exists',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EISDIR: 'bad-request',
  ENOTEMPTY: 'bad-request',
};

const typed = (
  error: unknown,
  options: CallOptions | undefined,
  side: 'source' | 'destination',
): StorageError => {
  if (error instanceof StorageError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new StorageError(message, {
    side: options?.side ?? side,
    phase: options?.phase ?? 'prepare',
    class: classes[code ?? ''] ?? ((error as Error).name === 'AbortError' ? 'canceled' : 'server-error'),
    cause: error,
  });
};

const isMissing = (error: unknown) =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Files of a mounted file system (scheme `file`; `posix` is the field's other name). */
export const createPosix = (): StorageProtocol => {
  const pathOf = (url: string) => fileURLToPath(url.replace(/^posix:/, 'file:'));

  const stat: StorageProtocol['stat'] = async (url, options) => {
    try {
      const found = await statFile(pathOf(url), { bigint: true });
      const result: FileStat = {
        size: Number(found.size),
        modifiedAt: found.mtime,
        etag: `"${found.ino}-${found.mtimeNs}-${found.size}"`,
        checksums: {},
        now: new Date(),
        software: 'posix',
      };
      return result;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw typed(error, options, 'source');
    }
  };

  const get: StorageProtocol['get'] = async (url, options) => {
    const { start = 0, end } = options?.range ?? {};
    const found = await stat(url, options);
    if (!found)
      throw new StorageError(`There is no file at ${pathOf(url)}`, {
        side: options?.side ?? 'source',
        phase: options?.phase ?? 'prepare',
        class: 'missing',
      });
    const last = Math.min(end ?? found.size, found.size);
    if (last <= start) return { size: 0, body: Readable.from([]) };
    return { size: last - start, body: createReadStream(pathOf(url), { start, end: last - 1 }) };
  };

  return {
    name: 'posix',
    schemes: ['file', 'posix'],
    features: {
      thirdPartyCopy: { pull: false, push: false },
      ranges: true,
      quota: true,
      checksums: [],
      atomicPut: true,
      keepsNothing: false,
    },
    stat,
    exists: async (url, options) => (await stat(url, options)) !== undefined,
    async *list(url, options) {
      try {
        for await (const entry of await opendir(pathOf(url))) {
          const path = join(pathOf(url), entry.name);
          const found = await statFile(path).catch(() => undefined);
          if (!found) continue;
          yield {
            url: pathToFileURL(path).href,
            name: entry.name,
            directory: found.isDirectory(),
            size: found.isDirectory() ? undefined : found.size,
            modifiedAt: found.mtime,
          };
        }
      } catch (error) {
        throw typed(error, options, 'source');
      }
    },
    get,
    async put(url, body, options) {
      const path = pathOf(url);
      const temporary = join(dirname(path), `.leman-${randomBytes(8).toString('hex')}.part`);
      const sum = createAdler32();
      let size = 0;
      const watch = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          size += chunk.length;
          sum.update(chunk);
          done(null, chunk);
        },
      });
      try {
        await mkdir(dirname(path), { recursive: true });
        const target = createWriteStream(temporary, { flags: 'wx', flush: true });
        await (options.signal
          ? pipeline(body, watch, target, { signal: options.signal })
          : pipeline(body, watch, target));
        const wrong =
          size !== options.size
            ? 'size'
            : options.adler32 && sum.digest() !== options.adler32
              ? 'checksum'
              : undefined;
        if (wrong)
          throw new StorageError(`The ${wrong} of the bytes is not the announced one`, {
            side: options.side ?? 'destination',
            phase: 'verify',
            class: wrong,
          });
        if (options.overwrite) await rename(temporary, path);
        else await link(temporary, path);
      } catch (error) {
        throw typed(error, options, 'destination');
      } finally {
        await rm(temporary, { force: true });
      }
    },
    async delete(url, options) {
      const { onlyIf } = options ?? {};
      const now = await stat(url, options);
      if (!now) return 'absent';
      if (
        (onlyIf?.size !== undefined && onlyIf.size !== now.size) ||
        (onlyIf?.etag && onlyIf.etag !== now.etag)
      )
        return 'changed';
      try {
        await rm(pathOf(url));
        return 'deleted';
      } catch (error) {
        if (isMissing(error)) return 'absent';
        throw typed(error, options, 'destination');
      }
    },
    async rename(from, to, options) {
      try {
        await mkdir(dirname(pathOf(to)), { recursive: true });
        if (options?.overwrite) return await rename(pathOf(from), pathOf(to));
        await link(pathOf(from), pathOf(to));
        await rm(pathOf(from));
      } catch (error) {
        throw typed(error, options, 'destination');
      }
    },
    async mkdir(url, options) {
      try {
        await mkdir(pathOf(url), { recursive: true });
      } catch (error) {
        throw typed(error, options, 'destination');
      }
    },
    checksum: async (url, algorithm, options) => checksumByReading((await get(url, options)).body, algorithm),
    async space(url, options) {
      try {
        const found = await statfs(pathOf(url));
        return {
          usedBytes: (found.blocks - found.bfree) * found.bsize,
          freeBytes: found.bavail * found.bsize,
        };
      } catch (error) {
        throw typed(error, options, 'source');
      }
    },
    close: () => undefined,
  };
};
