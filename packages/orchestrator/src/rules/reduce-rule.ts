import { fail } from '@leman/contracts';
import { requireAdmin } from '../accounts/permissions.ts';
import type { Caller, Lake } from '../lake.ts';
import { addRulesIn, judged } from './add-rule.ts';
import { endRuleStep } from './delete-rule.ts';
import { judgeLock } from './judge-lock.ts';
import type { RuleSpec } from './parse-rule-spec.ts';
import { findRule, type RuleRow } from './rule-row.ts';

/** The wish that a rule came from, for a rule that takes its place. */
export const specOfRule = (rule: RuleRow, now: number): RuleSpec => ({
  dids: [{ scope: rule.scope, name: rule.name }],
  account: rule.account,
  copies: rule.copies,
  rse_expression: rule.rse_expression,
  weight: rule.weight,
  lifetime: rule.expires_at === null ? null : Math.trunc((rule.expires_at.getTime() - now) / 1000),
  grouping: rule.grouping,
  locked: rule.locked,
  subscription_id: rule.subscription_id,
  source_replica_expression: rule.source_replica_expression,
  activity: rule.activity,
  notification: rule.notification,
  purge_replicas: rule.purge_replicas,
  ignore_availability: rule.ignore_availability,
  ignore_account_limit: rule.ignore_account_limit,
  comments: rule.comments,
  ask_approval: false,
  asynchronous: false,
  delay_injection: null,
  priority: rule.priority,
  split_container: false,
  meta: rule.meta,
});

/**
 * Replaces a rule that is OK by one with fewer copies, in one transaction: no file is without its locks in between.
 * @returns id of the new rule
 * @throws RuleNotFound 404; RuleReplaceFailed 409; AccessDenied 401; what addRules throws
 */
export const reduceRule = async (
  lake: Lake,
  caller: Caller,
  id: string,
  copies: number,
  excludeExpression: string | null,
): Promise<string> => {
  requireAdmin(caller, 'reduce replication rules');
  const { added, wake } = await judged(lake, async (tx) => {
    const now = new Date(lake.clock.now());
    const { id: known } = await findRule(tx, id);
    await judgeLock(tx, known, 'wait');
    const rule = await findRule(tx, known);
    if (copies >= rule.copies)
      throw fail('RuleReplaceFailed', 'Copies of the new rule must be smaller than the old rule.');
    if (rule.state !== 'O') throw fail('RuleReplaceFailed', 'The source rule must be in state OK.');
    const rse_expression = excludeExpression
      ? `(${rule.rse_expression})\\(${excludeExpression})`
      : rule.rse_expression;
    const spec = { ...specOfRule(rule, now.getTime()), copies, rse_expression };
    const result = await addRulesIn(tx, lake, caller, spec, { atOnce: true });
    const [made] = await tx<[{ state: string }]>`select state from rules where id = ${result.ids[0]!}`;
    if (made.state !== 'O') {
      throw fail(
        'RuleReplaceFailed',
        `The replacement of the rule failed: not all copies are at ${rse_expression}. Nothing was changed.`,
      );
    }
    const channels = [...result.wake];
    for (let gone = false; !gone; ) {
      const step = await endRuleStep(tx, rule, now);
      gone = step.gone;
      channels.push(...step.wake);
    }
    return { added: result.ids[0]!, wake: channels };
  });
  for (const channel of new Set(wake)) lake.wakeups.wake(channel);
  return added;
};
