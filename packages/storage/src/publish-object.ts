import { linkSync, lstatSync, renameSync, type Stats, unlinkSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { fail } from '@leman/contracts';
import type { StorageContext } from './context.ts';
import { absoluteOf, ensureParents, isCode } from './namespace.ts';
import { settleIndex } from './settle-index.ts';

interface Publication {
  path: string;
  mustBeNew: boolean;
  stat: Stats;
  adler32: string | null;
}

const linkNew = (temporary: string, target: string, path: string): void => {
  try {
    // A link fails where a rename would replace.
    linkSync(temporary, target);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    throw fail(
      'FileAlreadyExists',
      `There is something at ${path} already. Delete it first, or ask for the right to modify it.`,
      {
        status: 412,
      },
    );
  }
  unlinkSync(temporary);
};

const giveName = async (
  context: StorageContext,
  temporary: string,
  target: string,
  object: Publication,
): Promise<void> => {
  const { path, mustBeNew, stat, adler32 } = object;
  const present = mustBeNew ? undefined : lstatSync(target, { throwIfNoEntry: false });
  if (present && !present.isFile())
    throw fail('MethodNotAllowed', `There is a directory at ${path}. Choose another name.`);
  if (present) {
    // Replacing frees blocks and makes ext4 write the new ones out: nobody else should wait for that.
    return context.renames.inThread(async () => {
      await rename(temporary, target);
      settleIndex(context, path, { stat, adler32 });
    });
  }
  if (mustBeNew) linkNew(temporary, target, path);
  else renameSync(temporary, target);
  context.index.record(path, stat, adler32);
};

/**
 * Gives a finished file its name, and the index its row.
 * @throws FileAlreadyExists 412 when it must be new and is not; MethodNotAllowed 405 on a directory; InvalidPath 400
 */
export const publishObject = async (
  context: StorageContext,
  temporary: string,
  object: Publication,
): Promise<void> => {
  const target = absoluteOf(context, object.path);
  for (let attempt = 1; ; attempt += 1) {
    try {
      ensureParents(target);
      await giveName(context, temporary, target, object);
      return;
    } catch (error) {
      // Somebody removed the directory between the two steps.
      if (!isCode(error, 'ENOENT') || attempt === 3) throw error;
    }
  }
};
