import type { Queryable } from '@leman/foundation';
import type { DeletionTarget } from './deletion-targets.ts';

/** Tombstones up to here mean: delete whatever the free space (the field's OBSOLETE, 1 January 1970). */
const OBSOLETE_UNTIL = new Date('1970-01-02T00:00:00Z');

/** The SQL of what is looked at next at a storage: did_id, rse_id, bytes, state, tombstone; oldest tombstone first. */
export const deletableNow = (
  sql: Queryable,
  { rse, mode }: DeletionTarget,
  { now, limit }: { now: Date; limit: number },
) => sql`
  select did_id, rse_id, bytes, state, tombstone from replicas
  where rse_id = ${rse.id} and lock_cnt = 0 and tombstone <= ${mode === 'obsolete' ? OBSOLETE_UNTIL : now}
    and (deletion_after is null or deletion_after <= ${now})
  order by tombstone, did_id limit ${limit}`;

/**
 * The SQL of the verdict on the deletable copies at one storage, oldest tombstone first: columns did_id, rse_id, bytes,
 * state, tombstone, `keep` (reason code, or null: it goes) and `chosen` (it goes now). The reaper claims by it and the
 * plan shows it, so both say the same.
 *
 * Kept are: the source of a running transfer, the last available copy of a file that a rule wants, and what a transfer
 * may still be writing to.
 */
export const judgeDeletable = (
  sql: Queryable,
  target: DeletionTarget,
  options: { now: Date; limit: number; lock: boolean },
) => {
  const { mode, needed } = target;
  return sql`
    select j.*, keep is null and (${mode !== 'watermark'} or tombstone < ${OBSOLETE_UNTIL} or before < ${needed}::bigint) as chosen
    from (
      select v.*, coalesce(sum(case when keep is null and state <> 'B' then bytes else 0 end) over (
        order by tombstone, did_id rows between unbounded preceding and 1 preceding), 0) as before
      from (
        select c.*, case
          when exists (
            select from requests q where q.did_id = c.did_id and q.source_rse_id = c.rse_id and q.state in ('G', 'S'))
            then 'SOURCE_IN_USE'
          when exists (select from requests q where q.did_id = c.did_id and q.dest_rse_id = c.rse_id) then 'CANCELED'
          when c.state in ('A', 'T') and exists (select from locks l where l.did_id = c.did_id) and not exists (
            select from replicas o where o.did_id = c.did_id and o.rse_id <> c.rse_id and o.state = 'A') then 'LAST_COPY'
          end as keep
        from (
          ${deletableNow(sql, target, options)}
          ${options.lock ? sql`for update skip locked` : sql``}
        ) c
      ) v
    ) j`;
};
