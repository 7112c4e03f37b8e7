import type { FieldError, ReasonCode } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import type { RuleRow } from './rule-row.ts';

const codes: Partial<Record<string, ReasonCode>> = {
  InsufficientAccountLimit: 'INSUFFICIENT_QUOTA',
  RSEOverQuota: 'DESTINATION_FULL',
  RSEWriteBlocked: 'DESTINATION_CLOSED',
};

/**
 * Some files of a rule could not get their locks: the rule is stuck, with the reason and its facts, until the
 * judge-repairer lays it out again (what has its locks keeps them).
 */
export const markIncomplete = async (
  tx: Transaction,
  rule: RuleRow,
  error: FieldError,
  now: Date,
): Promise<void> => {
  const facts = {
    destination: rule.rse_expression,
    account: rule.account,
    copies: rule.copies,
    detail: error.message,
    ...error.facts,
  };
  await tx`
    update rules set
      state = case when state = 'U' then state else 'S' end, incomplete = true, injected_to = null,
      reason = ${codes[error.name] ?? 'INSUFFICIENT_TARGETS'}, reason_facts = ${JSON.stringify(facts)}::text::jsonb,
      reason_since = case when incomplete then reason_since else ${now} end,
      error = ${`${error.name}: ${error.message}`}, stuck_at = coalesce(stuck_at, ${now}),
      next_attempt_at = coalesce(next_attempt_at, ${now}), updated_at = ${now}
    where id = ${rule.id}`;
  await tx`update dataset_locks set state = 'S', updated_at = ${now} where rule_id = ${rule.id} and state <> 'S'`;
};
