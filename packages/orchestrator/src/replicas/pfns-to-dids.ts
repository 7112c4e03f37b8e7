import type { Queryable } from '@leman/foundation';
import { parsePfn } from '../rses/build-pfn.ts';
import { lfn2pfnAlgorithm, lfnToPath } from '../rses/lfn-to-path.ts';
import type { Rse, RseDirectory } from '../rses/rse-directory.ts';

export interface FoundPfn {
  pfn: string;
  rse: Rse;
  /** undefined when the RSE is known and the file is not. */
  replica: { did_id: number; scope: string; name: string; path: string | null } | undefined;
}

interface Candidate {
  position: number;
  rseId: string;
  scope: string | null;
  name: string | null;
  path: string | null;
}

const MAX_SPLITS = 40;

/** Every (scope, name) that a deterministic RSE would keep at a path below the prefix. */
export const namesAt = (rse: Rse, path: string): { scope: string; name: string }[] => {
  const algorithm = lfn2pfnAlgorithm(rse);
  const parts = path.split('/').filter(Boolean);
  const found: { scope: string; name: string }[] = [];
  for (let split = 1; split < Math.min(parts.length, MAX_SPLITS); split += 1) {
    const name = parts.slice(algorithm === 'hash' ? split + 2 : split).join('/');
    if (name === '') continue;
    const scope = parts.slice(0, split).join('.');
    if (split > 1 && !/^(user|group)/.test(scope)) break;
    if (lfnToPath(algorithm, scope, name) === parts.join('/')) found.push({ scope, name });
  }
  return found;
};

/** The RSE whose protocol a PFN belongs to, with the path below its prefix; several RSEs may share one. */
const placesOf = (rses: readonly Rse[], pfn: string): { rse: Rse; path: string }[] => {
  const clean = pfn.replace(/[?#].*$/, (tail) =>
    tail.startsWith('?SFN=') || tail.includes('?SFN=') ? tail : '',
  );
  return rses.flatMap((rse) => {
    for (const protocol of rse.protocols) {
      const path = parsePfn(protocol, clean);
      if (path !== undefined) return [{ rse, path }];
    }
    return [];
  });
};

/**
 * The replicas that PFNs name, one statement whatever their number. A PFN comes once for each RSE it may belong to;
 * one that belongs to no RSE does not come.
 */
export const pfnsToDids = async (
  sql: Queryable,
  directory: RseDirectory,
  pfns: readonly string[],
  among: readonly Rse[] = directory.all,
): Promise<FoundPfn[]> => {
  const places = [...new Set(pfns)].flatMap((pfn) =>
    placesOf(among, pfn).map((place) => ({ pfn, ...place })),
  );
  const candidates = places.flatMap((place, position): Candidate[] =>
    place.rse.deterministic
      ? namesAt(place.rse, place.path).map((did) => ({ position, rseId: place.rse.id, ...did, path: null }))
      : [place.path, `/${place.path}`].map((path) => ({
          position,
          rseId: place.rse.id,
          scope: null,
          name: null,
          path,
        })),
  );
  const rows = await sql<
    { position: number; did_id: number; scope: string; name: string; path: string | null }[]
  >`
    select a.position, d.id as did_id, d.scope, d.name, r.path
    from unnest(${candidates.map((candidate) => candidate.position)}::int[], ${candidates.map((candidate) => candidate.rseId)}::text[]::uuid[],
                ${candidates.map((candidate) => candidate.scope)}::text[], ${candidates.map((candidate) => candidate.name)}::text[])
      as a (position, rse_id, scope, name)
    join dids d on d.scope = a.scope and d.name = a.name
    join replicas r on r.did_id = d.id and r.rse_id = a.rse_id
    union all
    select a.position, d.id, d.scope, d.name, r.path
    from unnest(${candidates.map((candidate) => candidate.position)}::int[], ${candidates.map((candidate) => candidate.rseId)}::text[]::uuid[],
                ${candidates.map((candidate) => candidate.path)}::text[]) as a (position, rse_id, path)
    join replicas r on r.rse_id = a.rse_id and r.path = a.path
    join dids d on d.id = r.did_id`;
  const found = new Map(rows.map((row) => [row.position, row]));
  return places.map(({ pfn, rse }, position) => {
    const row = found.get(position);
    return {
      pfn,
      rse,
      replica: row && { did_id: row.did_id, scope: row.scope, name: row.name, path: row.path },
    };
  });
};
