import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import { buildPfn, selectProtocol } from './build-pfn.ts';
import { lfn2pfnAlgorithm, lfnToPath } from './lfn-to-path.ts';
import type { ProtocolDomain, ProtocolOperation, Rse } from './rse-directory.ts';

/**
 * The PFNs of files at an RSE, `{'scope:name': pfn}`: computed where the RSE is deterministic, looked up where not.
 *
 * @throws InvalidPath (400) for a name without scope, RSEProtocolNotSupported (404), ReplicaNotFound (404) when
 * there is no PFN at all.
 */
export const lfnsToPfns = async (
  { sql }: Lake,
  rse: Rse,
  lfns: readonly string[],
  how: { operation: ProtocolOperation; domain: ProtocolDomain; scheme: string | undefined },
): Promise<Record<string, string>> => {
  const bad = lfns.filter((lfn) => !lfn.includes(':'));
  if (bad.length > 0)
    throw fail('InvalidPath', `LFN(s) in invalid format: ${bad.join(', ')}. Write scope:name.`);
  const protocol = selectProtocol(rse, how.operation, how.domain, how.scheme?.split(','));
  const split = lfns.map((lfn) => ({
    scope: lfn.slice(0, lfn.indexOf(':')),
    name: lfn.slice(lfn.indexOf(':') + 1),
  }));
  const placed = rse.deterministic
    ? split.map(({ scope, name }) => ({ scope, name, path: lfnToPath(lfn2pfnAlgorithm(rse), scope, name) }))
    : await sql<{ scope: string; name: string; path: string }[]>`
        select d.scope, d.name, r.path
        from unnest(${split.map((s) => s.scope)}::text[], ${split.map((s) => s.name)}::text[]) as w (scope, name)
        join dids d using (scope, name) join replicas r on r.did_id = d.id and r.rse_id = ${rse.id}
        where r.path is not null`;
  if (placed.length === 0) throw fail('ReplicaNotFound', `No replicas found at ${rse.rse}.`);
  return Object.fromEntries(
    placed.map(({ scope, name, path }) => [`${scope}:${name}`, buildPfn(protocol, path)]),
  );
};
