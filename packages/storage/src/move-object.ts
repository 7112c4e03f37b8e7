import { linkSync, renameSync, unlinkSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { fail } from '@leman/contracts';
import { allows } from '@leman/tokens';
import { requireRight } from './authorize.ts';
import { requireConditions } from './conditions.ts';
import type { StorageContext } from './context.ts';
import { discard } from './delete-object.ts';
import { destinationPath, isOwnUrl, requireDestination } from './destination.ts';
import { type Exchange, sendText } from './exchange.ts';
import { absoluteOf, type Entry, isCode, requireEntry } from './namespace.ts';
import { settleIndex } from './settle-index.ts';

interface Move {
  source: Entry;
  /** What the destination holds and loses. */
  present: Entry | undefined;
  to: string;
}

const check = (context: StorageContext, exchange: Exchange, to: string): Move => {
  const { request, claims, path } = exchange;
  const source = requireEntry(context, path);
  if (path === '/') throw fail('AccessDenied', 'The root of the storage cannot be moved.', { status: 403 });
  requireConditions(request.headers, source);
  absoluteOf(context, to);
  const present = requireDestination(context, exchange, source, to);
  if (present) requireRight(claims, 'modify', to);
  return { source, present, to };
};

const moveFile = async (context: StorageContext, { source, present, to }: Move): Promise<void> => {
  const target = absoluteOf(context, to);
  const adler32 = context.index.checksum(source.path, source.stat) ?? null;
  const settle = (): void => {
    settleIndex(context, source.path);
    settleIndex(context, to, { stat: source.stat, adler32 });
  };
  if (present?.stat.isFile()) {
    return context.renames.inThread(async () => {
      await rename(source.absolute, target);
      settle();
    });
  }
  if (present) discard(context, present);
  // A link fails where a rename would replace what came in between.
  linkSync(source.absolute, target);
  unlinkSync(source.absolute);
  settle();
};

const moveDirectory = (context: StorageContext, { source, present, to }: Move): void => {
  if (present) discard(context, present);
  renameSync(source.absolute, absoluteOf(context, to));
  context.index.rename(source.path, to);
};

/**
 * MOVE, in one step for readers; always 201. Who may create in both places may rename there, as uploads under a
 * temporary name need (WLCG profile: storage.create); to replace something takes the right to modify it.
 * @throws AccessDenied 403, NotFound 404, InvalidPath 409, FileAlreadyExists 412, UnsupportedOperation 502
 */
export const moveObject = async (context: StorageContext, exchange: Exchange): Promise<void> => {
  const { request, response, claims, path } = exchange;
  const destination = request.headers.destination;
  if (typeof destination !== 'string') throw fail('MissingParameter', 'MOVE needs the header Destination.');
  if (!isOwnUrl(context, exchange, destination)) {
    throw fail('UnsupportedOperation', 'MOVE works within one storage. Copy to the other one, then delete.', {
      status: 502,
    });
  }
  const to = destinationPath(destination);
  if (!allows(claims.scope, 'modify', path)) requireRight(claims, 'create', path);
  requireRight(claims, 'create', to);
  try {
    const move = check(context, exchange, to);
    if (move.source.stat.isFile()) {
      await moveFile(context, move);
    } else {
      // Looked at again: while waiting to be alone, others went on.
      await context.renames.alone(() => moveDirectory(context, check(context, exchange, to)));
    }
  } catch (error) {
    if (isCode(error, 'EEXIST', 'ENOTEMPTY'))
      throw fail('FileAlreadyExists', `There is something at ${to} already.`, { status: 412 });
    if (isCode(error, 'ENOENT')) throw fail('NotFound', `There is nothing at ${path}.`);
    throw error;
  }
  sendText(response, 201);
};
