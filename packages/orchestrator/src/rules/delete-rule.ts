import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { requireAdmin } from '../accounts/permissions.ts';
import type { Caller, Lake } from '../lake.ts';
import { lastOfRule } from './last-of-rule.ts';
import { LOCKS_PER_STEP, removeRuleLocks } from './remove-rule-locks.ts';
import { findRule, type RuleRow } from './rule-row.ts';

/** @throws AccessDenied for anybody but administrators and, where the policy says so, the owner */
export const requireMayDeleteRule = (lake: Lake, caller: Caller, rule: RuleRow): void => {
  if (lake.settings.ownerMayDeleteRules && rule.account === caller.account) return;
  requireAdmin(caller, `delete the replication rule ${rule.id}`);
};

/**
 * Soft deletion: the rule ends after the delay of the settings (sooner if it ends sooner anyway); the judge-cleaner
 * takes its locks off then.
 *
 * @throws RuleNotFound 404; AccessDenied 401; UnsupportedOperation 409 when it is locked or has a child
 */
export const deleteRule = async (
  lake: Lake,
  caller: Caller,
  id: string,
  purgeReplicas: boolean | null,
): Promise<void> => {
  const now = lake.clock.now();
  const ends = new Date(now + lake.settings.ruleDeletionDelay * 1000);
  await lake.sql.begin(async (tx) => {
    const rule = await findRule(tx, id, { lock: true });
    requireMayDeleteRule(lake, caller, rule);
    if (rule.locked) {
      throw fail(
        'UnsupportedOperation',
        'The replication rule is locked and has to be unlocked before it can be deleted.',
      );
    }
    if (rule.child_rule_id !== null) {
      throw fail(
        'UnsupportedOperation',
        'The replication rule has a child rule and thus cannot be deleted. It ends when its child is OK.',
      );
    }
    await tx`
      update rules set expires_at = least(expires_at, ${ends}), updated_at = ${new Date(now)},
        purge_replicas = coalesce(${purgeReplicas}::boolean, purge_replicas)
      where id = ${rule.id}`;
  });
  lake.wakeups.wake('judge-cleaner');
};

/**
 * One step of ending a rule: its next locks go; when none is left, the rule itself.
 * @returns whether the rule is gone, and the channels to wake after commit
 */
export const endRuleStep = async (
  tx: Transaction,
  rule: RuleRow,
  now: Date,
): Promise<{ gone: boolean; wake: string[] }> => {
  const locks = await tx<{ did_id: number; rse_id: string }[]>`
    select did_id, rse_id from locks where rule_id = ${rule.id} order by did_id, rse_id limit ${LOCKS_PER_STEP}`;
  const { wake } = locks.length ? await removeRuleLocks(tx, rule, locks, now, { dying: true }) : { wake: [] };
  if (locks.length === LOCKS_PER_STEP) return { gone: false, wake };
  await lastOfRule(tx, rule.id, now);
  return { gone: true, wake };
};
