import { lstatSync } from 'node:fs';
import { opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorageContext } from './context.ts';
import { childPath, isCode, isOwn } from './namespace.ts';
import { incomingName } from './receive-object.ts';

const BATCH = 256;

/** Removes what earlier runs left unfinished: only files and directories with the names this program gives. */
export const removeLeftovers = async ({
  incoming,
  trash,
}: Pick<StorageContext, 'incoming' | 'trash'>): Promise<void> => {
  for await (const { name } of await opendir(incoming)) {
    if (incomingName.test(name)) await rm(join(incoming, name), { force: true });
  }
  for await (const { name } of await opendir(trash)) {
    if (/^[0-9a-f]{24}$/.test(name)) await rm(join(trash, name), { recursive: true, force: true });
  }
};

/**
 * Looks once at everything in the storage, so that the index also counts what came or went while the storage was not
 * running. Streams; stops when the storage does.
 */
export const scanNamespace = async (context: StorageContext): Promise<void> => {
  const directories = ['/'];
  let names: string[] = [];
  // Looking and writing happen without a pause in between, so that an upload is never overwritten by an older look.
  const record = (): void => {
    const found = names.flatMap((path) => {
      const stat = lstatSync(context.root + path, { throwIfNoEntry: false });
      return stat?.isFile() ? [{ path, ino: stat.ino, size: stat.size, mtimeMs: stat.mtimeMs }] : [];
    });
    context.index.recordFound(found);
    names = [];
  };
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    try {
      for await (const child of await opendir(join(context.root, directory), { bufferSize: BATCH })) {
        if (context.stopping.aborted) return;
        const path = childPath(directory, child.name);
        if (isOwn(path)) continue;
        if (child.isDirectory()) directories.push(path);
        else if (child.isFile()) names.push(path);
        if (names.length >= BATCH) record();
      }
    } catch (error) {
      if (!isCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
  }
  if (context.stopping.aborted) return;
  record();
  const forgotten = context.index.forgetUnseen();
  context.log.info({ ...context.index.totals(), forgotten }, 'storage scanned');
};
