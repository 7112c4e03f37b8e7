import type { Facts, ReasonCode } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { type Counted, countLocks, type LockDelta } from './count-locks.ts';

/** The outcome of one copy: it is there (O) or it did not come about (S), with the reason and its facts. */
export interface Settlement {
  did_id: number;
  rse_id: string;
  state: 'O' | 'S';
  reason?: ReasonCode | string | null | undefined;
  facts?: Facts | null | undefined;
}

/**
 * Settles every lock of every rule on the given copies: locks, the rules' counts and states, dataset locks and
 * events, set-based, in the caller's transaction. A copy that did not come about is no longer on its way (replica U), so
 * that the next rule asks for it again. Entries may repeat nothing: one per (did_id, rse_id). Settling
 * twice is harmless. Callers hold rows in the order requests, replicas, then this.
 *
 * @returns the rules that turned OK, and the channels to wake after commit.
 */
export const settleLocks = async (
  tx: Transaction,
  entries: readonly Settlement[],
  now = new Date(),
): Promise<Counted> => {
  if (entries.length === 0) return { turnedOk: [], wake: [] };
  const failed = entries.filter((entry) => entry.state === 'S');
  if (failed.length > 0) {
    // a statement of its own: what waits here for a rule that is just being laid out sees that rule's locks afterwards
    await tx`
      with e as materialized (
        select r.did_id, r.rse_id
        from unnest(${failed.map((e) => e.did_id)}::bigint[], ${failed.map((e) => e.rse_id)}::uuid[]) as e (did_id, rse_id)
        join replicas r using (did_id, rse_id)
        order by r.did_id, r.rse_id for no key update of r
      )
      update replicas r set state = 'U', updated_at = ${now}
      from e where r.did_id = e.did_id and r.rse_id = e.rse_id and r.state = 'C'`;
  }
  const deltas = await tx<LockDelta[]>`
    with e as (
      select * from unnest(
        ${entries.map((e) => e.did_id)}::bigint[], ${entries.map((e) => e.rse_id)}::uuid[],
        ${entries.map((e) => e.state)}::text[], ${entries.map((e) => e.reason ?? null)}::text[],
        ${entries.map((e) => (e.facts ? JSON.stringify(e.facts) : null))}::text[]
      ) as e (did_id, rse_id, state, reason, facts)
    ),
    old as materialized (
      select l.rule_id, l.did_id, l.rse_id, l.state as before, e.state as after, e.reason, e.facts
      from locks l join e using (did_id, rse_id)
      where l.state <> e.state
      order by l.did_id, l.rse_id, l.rule_id
      for update of l
    ),
    settled as (
      update locks l set state = old.after, updated_at = ${now}
      from old where l.rule_id = old.rule_id and l.did_id = old.did_id and l.rse_id = old.rse_id
      returning l.rule_id, old.before, old.after, old.reason, old.facts
    )
    select rule_id,
      count(*) filter (where after = 'O') - count(*) filter (where before = 'O') as ok,
      - count(*) filter (where before = 'R') as replicating,
      count(*) filter (where after = 'S') - count(*) filter (where before = 'S') as stuck,
      (array_agg(reason) filter (where after = 'S' and reason is not null))[1] as reason,
      (array_agg(facts::jsonb) filter (where after = 'S' and reason is not null))[1] as facts
    from settled group by rule_id`;
  return countLocks(tx, deltas, now);
};
