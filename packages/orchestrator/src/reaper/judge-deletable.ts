import type { Queryable } from '@leman/foundation';
import type { DeletionTarget } from './deletion-targets.ts';

/** Tombstones up to here mean: delete whatever the free space (the field's OBSOLETE, 1 January 1970). */
export const obsoleteUntil = new Date('1970-01-02T00:00:00Z');

/** The SQL of what is looked at next at a storage: did_id, rse_id, bytes, state, tombstone; oldest tombstone first. */
export const deletableNow = (
  sql: Queryable,
  { rse, mode }: DeletionTarget,
  { now, limit }: { now: Date; limit: number },
) => sql`
  select did_id, rse_id, bytes, state, tombstone from replicas
  where rse_id = ${rse.id} and lock_cnt = 0 and tombstone <= ${mode === 'obsolete' ? obsoleteUntil : now}
    and (deletion_after is null or deletion_after <= ${now})
  order by tombstone, did_id limit ${limit}`;

/**
 * The SQL that says whether a rule wants a file (given as SQL): by its locks, or, as long as it is not laid out, from
 * the file or what it lies in. Rules that are just ending want nothing any more.
 */
export const isWanted = (sql: Queryable, file: ReturnType<Queryable>, now: Date) => sql`(
  exists (select from locks l where l.did_id = ${file})
  or exists (
    with recursive above (id) as (
      select ${file}
      union
      select p.parent_id from above join contents p on p.child_id = above.id
    )
    select from above join rules w on w.did_id = above.id
    where w.expires_at is null or w.expires_at > ${now} or w.locked or w.child_rule_id is not null))`;

/**
 * The SQL of the verdict on the deletable copies at one storage, oldest tombstone first: columns did_id, rse_id, bytes,
 * state, tombstone, `keep` (reason code, or null: it goes) and `chosen` (it goes now). The reaper claims by it and the
 * plan shows it, so both say the same.
 *
 * Kept are: the source of a running transfer, what a transfer may still be writing to, and the last copies of a file that
 * a rule wants while no other is available: also those declared bad, which a person may find to be good, and those whose
 * deletion failed.
 */
export const judgeDeletable = (
  sql: Queryable,
  target: DeletionTarget,
  options: { now: Date; limit: number; lock: boolean },
) => {
  const { mode, needed } = target;
  return sql`
    select j.*, keep is null and (${mode !== 'watermark'} or tombstone < ${obsoleteUntil} or before < ${needed}::bigint) as chosen
    from (
      select v.*, coalesce(sum(case when keep is null and state <> 'B' then bytes else 0 end) over (
        order by tombstone, did_id rows between unbounded preceding and 1 preceding), 0) as before
      from (
        select c.*, case
          when exists (
            select from requests q where q.did_id = c.did_id and q.source_rse_id = c.rse_id and q.state in ('G', 'S'))
            then 'SOURCE_IN_USE'
          when exists (select from requests q where q.did_id = c.did_id and q.dest_rse_id = c.rse_id) then 'CANCELED'
          when c.state in ('A', 'T', 'D', 'B') and not exists (
            select from replicas o where o.did_id = c.did_id and o.rse_id <> c.rse_id and o.state = 'A')
            and ${isWanted(sql, sql`c.did_id`, options.now)} then 'LAST_COPY'
          end as keep
        from (
          ${deletableNow(sql, target, options)}
          ${options.lock ? sql`for update skip locked` : sql``}
        ) c
      ) v
    ) j`;
};
