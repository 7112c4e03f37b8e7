import { fail } from '@leman/contracts';
import { requireScopeOwner } from '../accounts/permissions.ts';
import type { Caller, Lake } from '../lake.ts';
import { parsePfn } from '../rses/build-pfn.ts';
import { findRse } from '../rses/find-rse.ts';
import { type ProtocolDomain, type Rse, type RseProtocol, rseDirectory } from '../rses/rse-directory.ts';
import { namesAt, pfnsToDids } from './pfns-to-dids.ts';
import { requireMayAdd } from './require-may-add.ts';
import { type SignedOperation, signPfn } from './sign-pfn.ts';

/** What uploads put at a name that is not the file's yet. */
const LEFTOVER = '.rucio.upload';

/** The protocol whose prefix a URL lies in, open for the operation. @throws InvalidPath 400 */
const protocolOf = (
  rse: Rse,
  url: string,
  operation: SignedOperation,
): { protocol: RseProtocol; path: string } => {
  for (const protocol of rse.protocols) {
    const path = parsePfn(protocol, url);
    const open = (['lan', 'wan'] as ProtocolDomain[]).some(
      (domain) => protocol.domains[domain][operation] !== null,
    );
    if (path !== undefined && open) return { protocol, path };
  }
  throw fail(
    'InvalidPath',
    `The URL lies in no ${operation} door of ${rse.rse}. Check scheme, host, port and prefix.`,
  );
};

/**
 * A URL that opens one path of a storage for one operation, for those who may: registered files may be read by
 * everybody who is logged in; writing (and looking before and after) by those who may register copies there and own
 * the scope; deleting by administrators, and of leftovers of uploads (what the catalogue does not know) by those who may write.
 * @param url a PFN of the RSE, without query
 * @throws RSENotFound 404, InvalidPath 400, AccessDenied 401
 */
export const signUrl = async (
  lake: Lake,
  caller: Caller,
  asked: { rse: string; url: string; operation: SignedOperation; lifetimeSeconds: number },
): Promise<string> => {
  const { url, operation } = asked;
  const directory = await rseDirectory(lake);
  const rse = findRse(directory, asked.rse);
  if (/[?#]/.test(url) || /(^|\/)\.\.?(\/|$)/.test(url) || /%/.test(url)) {
    throw fail('InvalidPath', 'The URL must be a plain PFN: no query, no ".." and no percent-encoding.');
  }
  const { path } = protocolOf(rse, url, operation);
  const sign = () =>
    signPfn(lake, url, operation, { subject: caller.account, lifetimeSeconds: asked.lifetimeSeconds });
  if (caller.isAdmin) return sign();
  const isLeftover = path.endsWith(LEFTOVER);
  const plain = isLeftover ? url.slice(0, -LEFTOVER.length) : url;
  const [found] = await pfnsToDids(lake.sql, directory, [plain], [rse]);
  if (operation === 'read' && found?.replica && !isLeftover) return sign();
  if (operation === 'delete' && !isLeftover && found?.replica) {
    throw fail(
      'AccessDenied',
      `Account ${caller.account} can not delete ${url.slice(0, 200)}. Set a tombstone: the reaper deletes.`,
    );
  }
  await requireMayAdd(lake.sql, caller, [rse]);
  const plainPath = isLeftover ? path.slice(0, -LEFTOVER.length) : path;
  const names = found?.replica ? [found.replica] : rse.deterministic ? namesAt(rse, plainPath) : [];
  if (names.length === 0) {
    throw fail(
      'InvalidPath',
      `The path ${path.slice(0, 200)} is not where ${rse.rse} keeps a file. Ask the catalogue for the PFN.`,
    );
  }
  await requireScopeOwner(
    lake.sql,
    caller,
    names.map((name) => name.scope),
    `${operation} ${plainPath}`,
    { mockIsOpen: true },
  );
  return sign();
};
