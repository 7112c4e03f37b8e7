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

/**
 * Takes an entry out of the namespace in one step. A directory goes with all below it: it vanishes at once, its bytes
 * are freed in the background.
 */
export const discard = (context: StorageContext, entry: Entry): void => {
  try {
    if (entry.stat.isDirectory()) {
      const aside = join(context.trash, randomBytes(12).toString('hex'));
      renameSync(entry.absolute, aside);
      rm(aside, { recursive: true, force: true }).catch((error: unknown) => {
        context.log.warn(
          { err: error },
          'a deleted directory could not be freed yet; the next start tries again',
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
