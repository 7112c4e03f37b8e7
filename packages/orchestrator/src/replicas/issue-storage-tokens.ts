import { fail, type StorageToken, type StorageTokenItem } from '@leman/contracts';
import { requireScopeOwner } from '../accounts/permissions.ts';
import type { Caller, Lake } from '../lake.ts';
import { buildPfn, usableProtocols } from '../rses/build-pfn.ts';
import { findRse } from '../rses/find-rse.ts';
import { lfn2pfnAlgorithm, lfnToPath } from '../rses/lfn-to-path.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { requireMayAdd } from './require-may-add.ts';
import { mintForPfn } from './sign-pfn.ts';

const WEB_SCHEMES = ['https', 'davs', 'http', 'dav'];

/**
 * One token per file and operation, each for exactly one path of one storage. Reading needs an available copy there;
 * writing needs the right to register copies there and, for new files, the scope.
 * @throws RSENotFound, ReplicaNotFound 404; AccessDenied 401; RSEProtocolNotSupported 404; UnsupportedOperation 409 at
 *   RSEs that are not deterministic (writing); DataIdentifierAlreadyExists 409 under the name of a dataset (writing)
 */
export const issueStorageTokens = async (
  lake: Lake,
  caller: Caller,
  items: readonly StorageTokenItem[],
): Promise<StorageToken[]> => {
  const directory = await rseDirectory(lake);
  const rses = items.map((item) => findRse(directory, item.rse));
  const rows = await lake.sql<
    { position: number; did_type: string | null; state: string | null; path: string | null }[]
  >`
    select a.position::int - 1 as position, d.did_type, r.state, r.path
    from unnest(${items.map((item) => item.scope)}::text[], ${items.map((item) => item.name)}::text[],
                ${rses.map((rse) => rse.id)}::text[]::uuid[]) with ordinality as a (scope, name, rse_id, position)
    left join dids d on d.scope = a.scope and d.name = a.name
    left join replicas r on r.did_id = d.id and r.rse_id = a.rse_id
    order by a.position`;
  const writes = items.filter((item) => item.operation === 'write');
  const targets = rses.filter((_, position) => items[position]!.operation === 'write');
  await requireMayAdd(lake.sql, caller, [...new Set(targets)]);
  const scopes = writes.map((item) => item.scope);
  await requireScopeOwner(lake.sql, caller, scopes, 'write files', { mockIsOpen: true });
  const lifetimeSeconds = lake.settings.storageTokenLifetime;
  const expires_at = new Date(lake.clock.now() + lifetimeSeconds * 1000).toISOString();
  return items.map((item, position) => {
    const rse = rses[position]!;
    const { did_type, state, path } = rows[position]!;
    const { scope, name, operation } = item;
    if (operation === 'read' && state !== 'A') {
      throw fail(
        'ReplicaNotFound',
        `There is no available copy of ${scope}:${name} at ${rse.rse}. List the replicas to find one.`,
      );
    }
    if (operation === 'write' && did_type !== null && did_type !== 'F') {
      throw fail(
        'DataIdentifierAlreadyExists',
        `Data identifier ${scope}:${name} already exists and is no file. Choose another name.`,
      );
    }
    const [protocol] = usableProtocols(rse, operation, 'wan', WEB_SCHEMES);
    if (!protocol) throw fail('RSEProtocolNotSupported', `${rse.rse} has no web protocol for ${operation}.`);
    if (!rse.deterministic && path === null) {
      throw fail('UnsupportedOperation', `${rse.rse} does not compute paths. Upload with a PFN of your own.`);
    }
    const pfn = buildPfn(protocol, rse.deterministic ? lfnToPath(lfn2pfnAlgorithm(rse), scope, name) : path!);
    const token = mintForPfn(lake, pfn, operation, { subject: caller.account, lifetimeSeconds });
    return { rse: rse.rse, scope, name, operation, pfn, token, expires_at };
  });
};
