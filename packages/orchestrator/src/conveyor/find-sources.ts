import type { Sql } from '@leman/foundation';

export interface Source {
  rse_id: string;
  path: string | null;
}

const MOST_PER_FILE = 50;

/** The available copies of each file, by file; one query for the batch, at most 50 copies of each. */
export const findSources = async (sql: Sql, didIds: readonly number[]): Promise<Map<number, Source[]>> => {
  const rows = await sql<{ did_id: number; rse_id: string; path: string | null }[]>`
    select f.did_id, r.rse_id, r.path
    from unnest(${[...new Set(didIds)]}::bigint[]) f (did_id)
    cross join lateral (
      select rse_id, path from replicas where did_id = f.did_id and state = 'A' limit ${MOST_PER_FILE}
    ) r`;
  const sources = new Map<number, Source[]>();
  for (const { did_id, ...source } of rows) {
    const known = sources.get(did_id);
    if (known) known.push(source);
    else sources.set(did_id, [source]);
  }
  return sources;
};
