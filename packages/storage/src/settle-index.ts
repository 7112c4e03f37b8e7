import { lstatSync, type Stats } from 'node:fs';
import type { StorageContext } from './context.ts';
import { absoluteOf } from './namespace.ts';

/**
 * Writes into the index what is at a path now. For changes that took their time in another thread: meanwhile somebody
 * may have replaced or deleted the object, and what counts is the file. `own` is the file just put there; its checksum
 * is kept if it still is the one.
 */
export const settleIndex = (
  context: StorageContext,
  path: string,
  own?: { stat: Stats; adler32: string | null },
): void => {
  const now = lstatSync(absoluteOf(context, path), { throwIfNoEntry: false });
  if (!now?.isFile()) {
    context.index.removeFile(path);
  } else if (own && now.ino === own.stat.ino && now.mtimeMs === own.stat.mtimeMs) {
    context.index.record(path, now, own.adler32);
  } else {
    context.index.recordFound([{ path, ino: now.ino, size: now.size, mtimeMs: now.mtimeMs }]);
  }
};
