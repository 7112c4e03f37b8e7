import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createAdler32, fail } from '@leman/contracts';
import type { StorageContext } from './context.ts';
import type { Entry } from './namespace.ts';

const READ_BYTES = 256 * 1024;
const computing = new Map<string, Promise<string>>();

const compute = async (context: StorageContext, entry: Entry): Promise<string> => {
  const running = createAdler32();
  for await (const chunk of createReadStream(entry.absolute, { highWaterMark: READ_BYTES }))
    running.update(chunk as Buffer);
  const adler32 = running.digest();
  const now = await stat(entry.absolute);
  if (now.ino !== entry.stat.ino || now.size !== entry.stat.size || now.mtimeMs !== entry.stat.mtimeMs) {
    throw fail(
      'ResourceTemporaryUnavailable',
      `${entry.path} changed while its checksum was computed. Try again.`,
    );
  }
  context.index.record(entry.path, entry.stat, adler32);
  return adler32;
};

/**
 * The adler32 of a file, from the index. Only a file that came or changed behind the storage's back is read, once
 * however many ask.
 */
export const checksumOf = async (context: StorageContext, entry: Entry): Promise<string> => {
  const known = context.index.checksum(entry.path, entry.stat);
  if (known) return known;
  const key = `${entry.absolute}:${entry.stat.size}:${entry.stat.mtimeMs}`;
  let running = computing.get(key);
  if (!running) {
    running = compute(context, entry).finally(() => computing.delete(key));
    computing.set(key, running);
  }
  return running;
};
