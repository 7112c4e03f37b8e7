import type { Transaction } from '@leman/foundation';
import { AFTER_DELETION_MS, type Placement, type PlacingRule } from './place-locks.ts';
import { queuedEvents } from './queued-events.ts';

/**
 * Brings stuck locks of a rule back: the copy is asked for again (replica C, a fresh request), the lock is on its way
 * and has one repair more. Where a request is under way already only the lock changes. One statement.
 * @returns locks that were brought back, and requests that were queued
 */
export const retryLocks = async (
  tx: Transaction,
  rule: PlacingRule,
  which: readonly Placement[],
  now: Date,
): Promise<{ retried: number; queued: number }> => {
  if (which.length === 0) return { retried: 0, queued: 0 };
  const afterDeletion = new Date(now.getTime() + AFTER_DELETION_MS);
  const [row] = await tx<[{ retried: number; queued: number }]>`
    with held as materialized (
      select r.did_id, r.rse_id, r.bytes, r.state
      from unnest(${which.map((w) => w.did_id)}::bigint[], ${which.map((w) => w.rse_id)}::uuid[]) as w (did_id, rse_id)
      join replicas r using (did_id, rse_id)
      -- what arrived meanwhile is not copied over: its lock is found to be OK at the next look
      where r.state not in ('A', 'T')
      order by r.did_id, r.rse_id for no key update of r
    ),
    anew as (
      update replicas r set state = 'C', updated_at = ${now}
      from held h where r.did_id = h.did_id and r.rse_id = h.rse_id and r.state in ('U', 'D', 'B')
    ),
    queued as (
      insert into requests as q (did_id, dest_rse_id, rule_id, account, activity, priority, bytes, source_replica_expression,
        next_attempt_at, requested_at, reason, reason_since, created_at, updated_at)
      select did_id, rse_id, ${rule.id}, ${rule.account}, ${rule.activity}, ${rule.priority}, bytes,
        ${rule.source_replica_expression}, case when state = 'B' then ${afterDeletion}::timestamptz else ${now}::timestamptz end,
        ${now}, case when state = 'B' then 'BEING_DELETED' else 'QUEUED' end, ${now}, ${now}, ${now}
      from held
      on conflict (did_id, dest_rse_id, request_type) do update set
        state = 'Q', reason = excluded.reason, reason_facts = null, reason_since = ${now},
        next_attempt_at = excluded.next_attempt_at, retry_count = 0, external_id = null, external_host = null,
        updated_at = ${now}
        -- what is still to be canceled at the transfer service is queued by the canceler after that
        where q.state in ('F', 'L', 'A', 'M', 'D') or (q.state = 'U' and q.external_id is null)
      returning q.id, q.did_id, q.dest_rse_id, q.rule_id, q.activity, q.bytes
    ),
    told as (${queuedEvents(tx, now)}),
    retried as (
      update locks l set state = 'R', repair_cnt = least(l.repair_cnt + 1, 30000), updated_at = ${now}
      from held h where l.rule_id = ${rule.id} and l.did_id = h.did_id and l.rse_id = h.rse_id and l.state = 'S'
      returning 1
    )
    select (select count(*) from retried) as retried, (select count(*) from queued) as queued`;
  return row;
};
