import type { Facts, ReasonCode } from '@leman/contracts';
import { sayReason } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { announceRules, type RuleChange } from './announce-rules.ts';

/** What changed about the locks of one rule: numbers to add to its three counts. */
export interface LockDelta {
  rule_id: string;
  ok: number;
  replicating: number;
  stuck: number;
  /** Why locks got stuck; kept at the rule while it is stuck. */
  reason?: ReasonCode | string | null | undefined;
  facts?: Facts | null | undefined;
}

export interface Counted {
  /** Rules that turned OK just now. */
  turnedOk: string[];
  /** Channels to wake after commit. */
  wake: string[];
}

/**
 * Adds to the counts of rules and draws the state from them: STUCK when a lock is stuck or files have none yet,
 * REPLICATING when one is on its way, OK otherwise; INJECT, SUSPENDED and WAITING_APPROVAL stay. Dataset locks follow, events are written, and
 * rules that waited for a child to turn OK are released. One delta per rule; a delta of zeros draws the state anew.
 *
 * @param options.keepState leaves the states as they are (rules on their way out)
 *
 * The only place that writes the counts of a rule: it locks the rules in the order of id first, so that batches over
 * the same rules queue up instead of deadlocking or losing a count.
 */
export const countLocks = async (
  tx: Transaction,
  deltas: readonly LockDelta[],
  now: Date,
  options: { keepState?: boolean } = {},
): Promise<Counted> => {
  if (deltas.length === 0) return { turnedOk: [], wake: [] };
  const changes = await tx<RuleChange[]>`
    with d as (
      select * from unnest(
        ${deltas.map((d) => d.rule_id)}::uuid[], ${deltas.map((d) => d.ok)}::bigint[],
        ${deltas.map((d) => d.replicating)}::bigint[], ${deltas.map((d) => d.stuck)}::bigint[],
        ${deltas.map((d) => d.reason ?? null)}::text[],
        ${deltas.map((d) => (d.facts ? JSON.stringify(d.facts) : null))}::text[],
        ${deltas.map((d) => (d.reason ? sayReason(d.reason, d.facts) : null))}::text[]
      ) as d (rule_id, ok, replicating, stuck, reason, facts, say)
    ),
    old as materialized (
      select id, state, incomplete, locks_ok_cnt, locks_replicating_cnt, locks_stuck_cnt
      from rules where id in (select rule_id from d)
      order by id for no key update
    ),
    new as materialized (
      select d.*, old.state as before, old.locks_replicating_cnt as replicating_before,
        case when old.state in ('I', 'U', 'W') or ${options.keepState ?? false} then old.state
             when old.locks_stuck_cnt + d.stuck > 0 or old.incomplete then 'S'
             when old.locks_replicating_cnt + d.replicating > 0 then 'R'
             else 'O' end as state
      from d join old on old.id = d.rule_id
    ),
    changed as (
      update rules r set
        locks_ok_cnt = r.locks_ok_cnt + n.ok,
        locks_replicating_cnt = r.locks_replicating_cnt + n.replicating,
        locks_stuck_cnt = r.locks_stuck_cnt + n.stuck,
        state = n.state,
        stuck_at = case when n.state = 'S' then coalesce(r.stuck_at, ${now}) end,
        next_attempt_at = case when n.state <> 'S' then null when n.before <> 'S' then ${now} else r.next_attempt_at end,
        attempts = case when n.state = 'O' then 0 else r.attempts end,
        reason = case when n.state in ('R', 'O') then null else coalesce(n.reason, r.reason) end,
        reason_facts = case when n.state in ('R', 'O') then null when n.reason is null then r.reason_facts else n.facts::jsonb end,
        reason_since = case when n.state in ('R', 'O') then null
                            when n.reason is null or n.reason = r.reason then r.reason_since else ${now} end,
        error = case when n.state in ('R', 'O') then null else coalesce(n.say, r.error) end,
        updated_at = ${now}
      from new n where r.id = n.rule_id
      returning r.id, n.before, r.state as after, r.notification, r.grouping, n.replicating_before,
        r.locks_replicating_cnt as replicating_after, r.locks_ok_cnt as ok_after
    ),
    datasets as (
      update dataset_locks l set state = c.after, updated_at = ${now}
      from changed c where l.rule_id = c.id and c.after in ('O', 'R', 'S') and l.state <> c.after
    )
    select id, before, after, notification, replicating_before, replicating_after, ok_after from changed`;
  await announceRules(tx, changes);
  const turnedOk = changes.filter((c) => c.after === 'O' && c.before !== 'O').map((c) => c.id);
  // A statement of its own: a rule and its child may both be among those just changed.
  if (turnedOk.length > 0) {
    await tx`
      update rules p set child_rule_id = null, updated_at = ${now}
      where p.id in (select id from rules where child_rule_id = any(${turnedOk}::uuid[]) order by id for no key update)`;
  }
  const wake = new Set<string>(['hermes']);
  if (turnedOk.length > 0) wake.add('judge-cleaner');
  if (changes.some((c) => c.after === 'S' && c.before !== 'S')) wake.add('judge-repairer');
  return { turnedOk, wake: [...wake] };
};
