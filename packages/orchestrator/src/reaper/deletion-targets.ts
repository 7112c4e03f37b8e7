import type { Queryable } from '@leman/foundation';
import type { Rse, RseDirectory } from '../rses/rse-directory.ts';

export interface DeletionTarget {
  rse: Rse;
  /**
   * greedy: everything whose tombstone has come; watermark: that, until `needed` bytes are freed; obsolete: only what
   * nobody may want again (tombstone at the epoch), because there is room, or because nobody says how much there is.
   */
  mode: 'greedy' | 'watermark' | 'obsolete';
  /** Bytes to free so that MinFreeSpace holds; what is being deleted already counts as freed. 0 unless watermark. */
  needed: number;
  /** Free bytes and where that is known from; null: unknown. */
  free: number | null;
  freeFrom: string | null;
}

const isTrue = (text: string | undefined): boolean => text !== undefined && /^(true|1|yes)$/i.test(text);

/**
 * What each storage needs deleted: attribute `greedyDeletion`, else the limit `MinFreeSpace` against the free space that
 * the storage tells (usage of source `storage`, or of the attribute `source_for_used_space`), else the limit
 * `MaxSpaceAvailable` less what the catalogue has there. One query.
 */
export const deletionTargets = async (
  sql: Queryable,
  directory: RseDirectory,
  rses: readonly Rse[],
): Promise<DeletionTarget[]> => {
  const ids = rses.map((rse) => rse.id);
  const sources = rses.map((rse) => rse.attributes.get('source_for_used_space') ?? 'storage');
  const rows = await sql<{ rse_id: string; free: number | null; held: number; going: number }[]>`
    select e.rse_id, u.free, coalesce(c.bytes, 0) as held, coalesce(going.bytes, 0) as going
    from unnest(${ids}::uuid[], ${sources}::text[]) as e (rse_id, source)
    left join rse_usage u on u.rse_id = e.rse_id and u.source = e.source
    left join rse_counters_now c on c.rse_id = e.rse_id
    left join lateral (
      select sum(bytes)::bigint as bytes from replicas r
      where r.rse_id = e.rse_id and r.state = 'B'
    ) going on true`;
  const byId = new Map(rows.map((row) => [row.rse_id, row]));
  return rses.map((rse, index) => {
    const row = byId.get(rse.id)!;
    const most = rse.limits.get('MaxSpaceAvailable');
    const free = row.free ?? (most === undefined ? null : most - row.held);
    const freeFrom = row.free !== null ? sources[index]! : most === undefined ? null : 'MaxSpaceAvailable';
    const wanted = rse.limits.get('MinFreeSpace') ?? 0;
    const base = { rse: directory.byId.get(rse.id) ?? rse, free, freeFrom };
    if (isTrue(rse.attributes.get('greedyDeletion'))) return { ...base, mode: 'greedy', needed: 0 };
    const needed = free === null ? 0 : Math.max(0, wanted - free - row.going);
    return needed > 0 ? { ...base, mode: 'watermark', needed } : { ...base, mode: 'obsolete', needed: 0 };
  });
};
