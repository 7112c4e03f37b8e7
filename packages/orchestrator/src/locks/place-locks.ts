import type { Transaction } from '@leman/foundation';
import { lockFiles } from '../dids/lock-files.ts';
import { queuedEvents } from './queued-events.ts';

/** What placing needs to know of a rule. */
export interface PlacingRule {
  id: string;
  account: string;
  activity: string;
  priority: number;
  source_replica_expression: string | null;
}

/** One copy that a rule wants. */
export interface Placement {
  did_id: number;
  rse_id: string;
}

export interface Placed {
  /** New locks by state, to be given to countLocks. */
  ok: number;
  replicating: number;
  stuck: number;
  /** Requests that were queued. */
  queued: number;
}

/** A copy that was just being deleted is asked for again only after the deletion is through (reaper: BEGIN_WITHIN_MS). */
export const AFTER_DELETION_MS = 120_000;

/**
 * Locks copies for a rule, one statement (after the files are held) whatever their number: replicas (state C where
 * there is none; what is unavailable, bad or being deleted is copied anew), locks (O where the copy is available, else
 * R), requests, the usage of the account, the counters of RSEs and of datasets, events. Copies that the rule has locked
 * already are left alone, so placing twice is harmless. At RSEs that are `closed` for writing a missing copy gets a
 * stuck lock and no request.
 *
 * Rows are taken in the order of (did_id, rse_id), which everybody who locks replicas keeps to. The caller adds the
 * result to the rule's counts with countLocks, and wakes conveyor-preparer and conveyor-submitter after commit.
 *
 * @param placements each copy at most once
 */
export const placeLocks = async (
  tx: Transaction,
  rule: PlacingRule,
  placements: readonly Placement[],
  options: { now: Date; closed?: ReadonlySet<string> },
): Promise<Placed> => {
  if (placements.length === 0) return { ok: 0, replicating: 0, stuck: 0, queued: 0 };
  const { now } = options;
  const rses = [...new Set(placements.map((p) => p.rse_id))];
  const indexOf = new Map(rses.map((id, index) => [id, index + 1]));
  const closed = rses.filter((id) => options.closed?.has(id));
  const afterDeletion = new Date(now.getTime() + AFTER_DELETION_MS);
  await lockFiles(
    tx,
    placements.map((p) => p.did_id),
    'copies',
  );
  const [placed] = await tx<[Placed]>`
    with asked as materialized (
      select a.did_id, (${rses}::uuid[])[a.rse] as rse_id, coalesce(d.bytes, 0) as bytes
      from unnest(${placements.map((p) => p.did_id)}::bigint[], ${placements.map((p) => indexOf.get(p.rse_id)!)}::int[])
        as a (did_id, rse)
      join dids d on d.id = a.did_id
      where not exists (
        select from locks l
        where l.rule_id = ${rule.id} and l.did_id = a.did_id and l.rse_id = (${rses}::uuid[])[a.rse])
    ),
    kept as (
      insert into replicas as r (did_id, rse_id, bytes, state, lock_cnt, created_at, updated_at)
      select did_id, rse_id, bytes, case when rse_id = any(${closed}::uuid[]) then 'U' else 'C' end, 1, ${now}, ${now}
      from asked order by did_id, rse_id
      on conflict (did_id, rse_id) do update set
        lock_cnt = r.lock_cnt + 1,
        tombstone = null,
        state = case when r.state in ('U', 'D', 'B') and not r.rse_id = any(${closed}::uuid[]) then 'C' else r.state end,
        -- set where the copy has to come anew: from when on it may be asked for
        deletion_after = case when r.rse_id = any(${closed}::uuid[]) then null
                              when r.state in ('U', 'D') then ${now} when r.state = 'B' then ${afterDeletion} end,
        deletion_attempts = 0,
        updated_at = ${now}
      returning r.did_id, r.rse_id, r.bytes, r.state, (xmax = 0) as made, r.deletion_after as anew
    ),
    placed as (
      insert into locks (rule_id, did_id, rse_id, bytes, state, created_at, updated_at)
      select ${rule.id}, did_id, rse_id, bytes, case when state in ('A', 'T') then 'O' when state = 'C' then 'R' else 'S' end,
        ${now}, ${now}
      from kept
      returning rse_id, bytes, state
    ),
    queued as (
      insert into requests as q (did_id, dest_rse_id, rule_id, account, activity, priority, bytes, source_replica_expression,
        next_attempt_at, requested_at, reason, reason_since, created_at, updated_at)
      select did_id, rse_id, ${rule.id}, ${rule.account}, ${rule.activity}, ${rule.priority}, bytes,
        ${rule.source_replica_expression}, coalesce(anew, ${now}), ${now},
        case when anew > ${now}::timestamptz then 'BEING_DELETED' else 'QUEUED' end, ${now}, ${now}, ${now}
      from kept where state = 'C' and (made or anew is not null)
      on conflict (did_id, dest_rse_id, request_type) do update set
        -- what is still to be canceled at the transfer service is queued by the canceler after that
        state = case when q.external_id is null then 'Q' else 'U' end,
        reason = case when q.external_id is null then excluded.reason else q.reason end,
        reason_facts = case when q.external_id is null then null else q.reason_facts end,
        reason_since = case when q.external_id is null then ${now}::timestamptz else q.reason_since end,
        next_attempt_at = case when q.external_id is null then excluded.next_attempt_at else q.next_attempt_at end,
        rule_id = excluded.rule_id, account = excluded.account, activity = excluded.activity,
        priority = excluded.priority, source_replica_expression = excluded.source_replica_expression,
        retry_count = 0, updated_at = ${now}
        where q.state = 'U'
      returning q.id, q.did_id, q.dest_rse_id, q.rule_id, q.activity, q.bytes
    ),
    told as (${queuedEvents(tx, now)}),
    usage as (
      insert into account_usage_deltas (account, rse_id, files, bytes)
      select ${rule.account}, rse_id, count(*), sum(bytes) from placed group by rse_id
    ),
    held as (
      insert into rse_counter_deltas (rse_id, files, bytes)
      select rse_id, count(*), sum(bytes) from kept where made group by rse_id
    ),
    in_datasets as (
      insert into collection_replica_deltas (did_id, rse_id, length, bytes, available_length, available_bytes)
      select c.parent_id, k.rse_id, count(*), sum(k.bytes), 0, 0
      from kept k join contents c on c.child_id = k.did_id
      where k.made group by c.parent_id, k.rse_id
    )
    select count(*) filter (where state = 'O') as ok, count(*) filter (where state = 'R') as replicating,
      count(*) filter (where state = 'S') as stuck, (select count(*) from queued) as queued
    from placed`;
  return placed;
};
