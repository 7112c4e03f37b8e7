import { requireAdmin } from '../accounts/permissions.ts';
import type { Caller, Lake } from '../lake.ts';
import { emit } from '../messages/emit.ts';
import { endRuleStep } from './delete-rule.ts';
import { findRule } from './rule-row.ts';

/**
 * Approves or denies a rule that waits for it. Approved, it is laid out without regard to quota; denied, it ends at
 * once. A rule that does not wait is left as it is. The outcome is an event of the outbox (rule-approved, rule-denied).
 *
 * @throws RuleNotFound 404; AccessDenied 401
 */
export const approveRule = async (
  lake: Lake,
  caller: Caller,
  id: string,
  approve: boolean,
  comment: string | null,
): Promise<void> => {
  requireAdmin(caller, approve ? 'approve replication rules' : 'deny replication rules');
  await lake.sql.begin(async (tx) => {
    const rule = await findRule(tx, id, { lock: true });
    if (rule.state !== 'W') return;
    const now = new Date(lake.clock.now());
    if (approve) {
      await tx`
        update rules set state = 'I', ignore_account_limit = true, inject_after = ${now}, injected_to = null,
          reason = 'INJECTING', reason_facts = null, reason_since = ${now}, updated_at = ${now}
        where id = ${rule.id}`;
    }
    const { scope, name, account, rse_expression } = rule;
    const payload = {
      rule_id: rule.id,
      scope,
      name,
      account,
      rse_expression,
      approver: caller.account,
      comment,
    };
    await emit(tx, [{ type: approve ? 'rule-approved' : 'rule-denied', payload }]);
    if (!approve) await endRuleStep(tx, rule, now);
  });
  lake.wakeups.wake('judge-injector');
  lake.wakeups.wake('hermes');
};
