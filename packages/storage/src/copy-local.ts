import { mkdirSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { fail } from '@leman/contracts';
import { requireRight } from './authorize.ts';
import type { StorageContext } from './context.ts';
import { discard } from './delete-object.ts';
import { destinationPath, requireDestination } from './destination.ts';
import { type Exchange, sendText } from './exchange.ts';
import { absoluteOf, childPath, type Entry, lookUp, requireEntry } from './namespace.ts';
import { duplicateFile } from './receive-object.ts';

const duplicate = async (
  context: StorageContext,
  from: Entry,
  to: string,
  options: { deep: boolean; mustBeNew: boolean },
): Promise<void> => {
  if (from.stat.isFile()) {
    const adler32 = context.index.checksum(from.path, from.stat) ?? null;
    return duplicateFile(
      context,
      { absolute: from.absolute, size: from.stat.size, adler32 },
      to,
      options.mustBeNew,
    );
  }
  mkdirSync(absoluteOf(context, to));
  if (!options.deep) return;
  for await (const { name } of await opendir(from.absolute)) {
    if (context.stopping.aborted)
      throw fail('ResourceTemporaryUnavailable', 'The storage is stopping. Try again later.');
    const child = lookUp(context, childPath(from.path, name));
    if (child) await duplicate(context, child, childPath(to, name), options);
  }
};

/**
 * COPY within the storage (RFC 4918 9.8). 201 for new, 204 for replaced ones; to clients that expect the words of a
 * third-party copy, always 201 with the line of success.
 */
export const copyLocally = async (
  context: StorageContext,
  exchange: Exchange,
  destination: string,
): Promise<void> => {
  const { request, response, claims, path } = exchange;
  const to = destinationPath(destination);
  const depth = String(request.headers.depth ?? 'infinity').toLowerCase();
  if (depth !== '0' && depth !== 'infinity')
    throw fail('InvalidValueForKey', 'COPY knows the depths 0 and infinity.');
  requireRight(claims, 'read', path);
  requireRight(claims, 'create', to);
  const source = requireEntry(context, path);
  if (path === '/')
    throw fail('AccessDenied', 'The root of the storage cannot be copied into itself.', { status: 403 });
  absoluteOf(context, to);
  const present = requireDestination(context, exchange, source, to);
  if (present) requireRight(claims, 'modify', to);
  if (present && (present.stat.isDirectory() || source.stat.isDirectory())) discard(context, present);
  await duplicate(context, source, to, { deep: depth === 'infinity', mustBeNew: present === undefined });
  const speaksTransfer =
    request.headers.credential !== undefined || request.headers['x-no-delegate'] !== undefined;
  if (speaksTransfer) sendText(response, 201, 'success: Created\n');
  else sendText(response, present ? 204 : 201);
};
