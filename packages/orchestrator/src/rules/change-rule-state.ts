import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { countLocks, type LockDelta } from '../locks/count-locks.ts';
import type { RuleRow } from './rule-row.ts';

/** Copies on their way are given up: requests canceled, copies unavailable, every rule's lock on them stuck. */
const cancelRequests = async (tx: Transaction, rule: RuleRow, who: string, now: Date): Promise<void> => {
  const facts = JSON.stringify({ who });
  const deltas = await tx<LockDelta[]>`
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
  await countLocks(tx, deltas, now);
};

/** Locks on their way are declared stuck, so that the judge-repairer looks at them; the transfers go on. */
const declareStuck = async (tx: Transaction, rule: RuleRow, who: string, now: Date): Promise<void> => {
  const deltas = await tx<LockDelta[]>`
    with stuck as (
      update locks set state = 'S', updated_at = ${now} where rule_id = ${rule.id} and state = 'R' returning 1
    )
    select ${rule.id}::uuid as rule_id, 0 as ok, -count(*) as replicating, count(*) as stuck from stuck`;
  await countLocks(tx, deltas, now);
  await tx`
    update rules set state = 'S', stuck_at = ${now}, next_attempt_at = ${now}, updated_at = ${now},
      reason = 'CANCELED', reason_facts = ${JSON.stringify({ who })}::text::jsonb, reason_since = ${now},
      error = ${`Declared stuck by ${who}.`}
    where id = ${rule.id}`;
};

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
  // what was not laid out to the end has files without locks
  if (rule.state === 'I')
    await tx`update rules set incomplete = true, injected_to = null where id = ${rule.id}`;
  if (cancel) await cancelRequests(tx, rule, who, now);
  if (wanted === 'stuck') return declareStuck(tx, rule, who, now);
  await tx`
    update rules set state = 'U', reason = 'SUSPENDED', reason_facts = ${JSON.stringify({ who })}::text::jsonb,
      reason_since = ${now}, updated_at = ${now}
    where id = ${rule.id}`;
};
