import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { countLocks, type LockDelta } from '../locks/count-locks.ts';
import type { RuleRow } from './rule-row.ts';

/** Copies on their way are given up: requests canceled, copies unavailable, every rule's lock on them stuck. */
const cancelRequests = async (
  tx: Transaction,
  rule: RuleRow,
  who: string,
  now: Date,
): Promise<LockDelta[]> => {
  const facts = JSON.stringify({ who });
  return tx<LockDelta[]>`
    with waiting as materialized (
      select r.did_id, r.rse_id from replicas r
      join locks l on l.rule_id = ${rule.id} and l.did_id = r.did_id and l.rse_id = r.rse_id and l.state = 'R'
      order by r.did_id, r.rse_id for no key update of r
    ),
    canceled as (
      update requests q set state = 'U', reason = 'CANCELED', reason_facts = ${facts}::text::jsonb, reason_since = ${now},
        next_attempt_at = ${now}, updated_at = ${now}
      from waiting w where q.did_id = w.did_id and q.dest_rse_id = w.rse_id and q.state <> 'U'
    ),
    given_up as (
      update replicas r set state = 'U', updated_at = ${now}
      from waiting w where r.did_id = w.did_id and r.rse_id = w.rse_id and r.state = 'C'
    ),
    stuck as (
      update locks l set state = 'S', updated_at = ${now}
      from waiting w where l.did_id = w.did_id and l.rse_id = w.rse_id and l.state = 'R'
      returning l.rule_id
    )
    select rule_id, 0 as ok, -count(*) as replicating, count(*) as stuck, 'CANCELED' as reason,
      ${facts}::text::jsonb as facts
    from stuck group by rule_id`;
};

/** Locks of the rule that are on their way become stuck; the transfers go on. */
const stickLocks = (tx: Transaction, rule: RuleRow, now: Date) => tx<LockDelta[]>`
  with stuck as (
    update locks set state = 'S', updated_at = ${now} where rule_id = ${rule.id} and state = 'R' returning rule_id
  )
  select rule_id, 0 as ok, -count(*) as replicating, count(*) as stuck from stuck group by rule_id`;

/**
 * Suspends a rule (nothing is done for it until it is declared stuck), or declares it stuck (it is repaired).
 * @throws InputValidationError 409 for another state, and for a rule that waits for approval
 */
export const changeRuleState = async (
  tx: Transaction,
  rule: RuleRow,
  state: string,
  cancel: boolean,
  who: string,
  now: Date,
): Promise<void> => {
  const wanted = state.toLowerCase();
  if (wanted !== 'suspended' && wanted !== 'stuck') {
    throw fail(
      'InputValidationError',
      'A rule can be set to SUSPENDED or STUCK; the other states follow from its locks.',
      { status: 409 },
    );
  }
  if (rule.state === 'W') {
    throw fail('InputValidationError', 'The rule waits for approval: approve or deny it first.', {
      status: 409,
    });
  }
  const stuck = wanted === 'stuck';
  // copies and locks first, the rows of rules last, as everybody keeps to
  const deltas = [...(cancel ? await cancelRequests(tx, rule, who, now) : [])];
  if (stuck && !cancel) deltas.push(...(await stickLocks(tx, rule, now)));
  await countLocks(tx, deltas, now);
  const facts = JSON.stringify({ who });
  // what was not laid out to the end has files without locks
  const unfinished = rule.state === 'I';
  await tx`
    update rules set
      state = ${stuck ? 'S' : 'U'}, reason = ${stuck ? 'CANCELED' : 'SUSPENDED'}, reason_facts = ${facts}::text::jsonb,
      reason_since = ${now}, error = ${stuck ? `Declared stuck by ${who}.` : null}, updated_at = ${now},
      stuck_at = case when ${stuck} then ${now} else stuck_at end,
      next_attempt_at = case when ${stuck} then ${now} else next_attempt_at end,
      incomplete = incomplete or ${unfinished}, injected_to = case when ${unfinished} then null else injected_to end
    where id = ${rule.id}`;
};
