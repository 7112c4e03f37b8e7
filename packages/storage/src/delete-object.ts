import { randomBytes } from 'node:crypto';
import { renameSync, unlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '@leman/contracts';
import { requireRight } from './authorize.ts';
import { requireConditions } from './conditions.ts';
import type { StorageContext } from './context.ts';
import { type Exchange, sendText } from './exchange.ts';
import { type Entry, isCode, requireEntry } from './namespace.ts';

/** Freeing the blocks of larger files would hold up the others. */
const LARGE_BYTES = 16 * 1024 * 1024;

/**
 * Takes an entry out of the namespace in one step. A directory goes with all below it. It and large files vanish at
 * once; their bytes are freed in the background.
 */
export const discard = (context: StorageContext, entry: Entry): void => {
  try {
    if (entry.stat.isDirectory() || entry.stat.size >= LARGE_BYTES) {
      const aside = join(context.trash, randomBytes(12).toString('hex'));
      renameSync(entry.absolute, aside);
      rm(aside, { recursive: true, force: true }).catch((error: unknown) => {
        context.log.warn(
          { err: error },
          'something deleted could not be freed yet; the next start tries again',
        );
      });
    } else {
      unlinkSync(entry.absolute);
    }
  } catch (error) {
    if (isCode(error, 'ENOENT')) throw fail('NotFound', `There is nothing at ${entry.path}.`);
    throw error;
  }
  context.index.remove(entry.path);
};

/** DELETE: 204; 404 when there is nothing, so that repeating is harmless. @throws AccessDenied 403, NotFound 404 */
export const deleteObject = (
  context: StorageContext,
  { request, response, claims, path }: Exchange,
): void => {
  requireRight(claims, 'modify', path);
  const entry = requireEntry(context, path);
  if (path === '/') throw fail('AccessDenied', 'The root of the storage cannot be deleted.', { status: 403 });
  requireConditions(request.headers, entry);
  discard(context, entry);
  sendText(response, 204);
};
