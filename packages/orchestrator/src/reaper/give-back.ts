import type { Sql } from '@leman/foundation';
import { settleDone } from '../conveyor/settle-done.ts';
import { lockFiles } from '../dids/lock-files.ts';
import type { Doomed } from './claim-deletable.ts';

/**
 * Gives claimed copies back that nothing was sent for: what was available is so again, also where a rule has asked for
 * it anew meanwhile (its locks turn OK, no transfer is needed). What had been claimed before may be gone already: it
 * stays as it is and is looked at again.
 * @returns channels to wake
 */
export const giveBack = async (
  sql: Sql,
  rseId: string,
  copies: readonly Doomed[],
  now: Date,
): Promise<string[]> => {
  if (copies.length === 0) return [];
  const ids = copies.map((copy) => copy.did_id);
  return await sql.begin(async (tx) => {
    await lockFiles(tx, ids, 'copies');
    await tx`
      with held as materialized (
        select r.did_id, r.rse_id, e.before
        from unnest(${ids}::bigint[], ${copies.map((copy) => copy.before)}::text[]) as e (did_id, before)
        join replicas r on r.did_id = e.did_id and r.rse_id = ${rseId} and r.state = 'B'
        order by r.did_id for no key update of r
      ),
      back as (
        update replicas r set state = h.before, deletion_attempts = greatest(r.deletion_attempts - 1, 0),
          deletion_after = ${now}, updated_at = ${now}
        from held h where r.did_id = h.did_id and r.rse_id = h.rse_id
        returning r.did_id, r.rse_id, r.bytes, r.state
      )
      insert into collection_replica_deltas (did_id, rse_id, length, bytes, available_length, available_bytes)
      select c.parent_id, b.rse_id, 0, 0, count(*), sum(b.bytes) from back b join contents c on c.child_id = b.did_id
      where b.state = 'A' group by c.parent_id, b.rse_id`;
    const anew = await tx<{ id: string; did_id: number; dest_rse_id: string }[]>`
      with held as materialized (
        select did_id, rse_id from replicas
        where rse_id = ${rseId} and state = 'C' and did_id = any(${copies.filter((copy) => copy.before === 'A').map((copy) => copy.did_id)}::bigint[])
        order by did_id for no key update
      )
      select q.id, q.did_id, q.dest_rse_id from held h
      join requests q on q.did_id = h.did_id and q.dest_rse_id = h.rse_id and q.state = 'Q' and q.external_id is null
      for update of q`;
    return (await settleDone(tx, anew, now)).wake;
  });
};
