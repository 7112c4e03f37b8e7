import { fail } from '@leman/contracts';
import { requireAdmin } from '../accounts/permissions.ts';
import type { Caller, Lake } from '../lake.ts';
import { addRulesIn, judged } from './add-rule.ts';
import { parseRuleSpec, ruleText } from './parse-rule-spec.ts';
import { specOfRule } from './reduce-rule.ts';
import { findRule } from './rule-row.ts';

/** Keys of a wish that may be given anew when a rule is moved. */
const overridable = new Set([
  'account',
  'copies',
  'rse_expression',
  'grouping',
  'weight',
  'lifetime',
  'locked',
  'subscription_id',
  'source_replica_expression',
  'activity',
  'notify',
  'purge_replicas',
  'ignore_availability',
  'comment',
]);
const MAX_ACTIVITY = 50;

/**
 * Makes a rule elsewhere and lets the old one end when the new one is OK (it is the old one's child until then).
 * @returns id of the new rule
 * @throws RuleNotFound 404; RuleReplaceFailed 409 when there is a child already; UnsupportedOperation 409 for an
 *   override of what cannot be; AccessDenied 401; what addRules throws
 */
export const moveRule = async (
  lake: Lake,
  caller: Caller,
  id: string,
  rseExpression: string,
  override: Record<string, unknown>,
): Promise<string> => {
  requireAdmin(caller, 'move replication rules');
  const { ids, wake } = await judged(lake, async (tx) => {
    const now = lake.clock.now();
    const rule = await findRule(tx, id, { lock: true });
    if (rule.child_rule_id)
      throw fail('RuleReplaceFailed', 'The rule must not have a child rule. Wait until the child is OK.');
    for (const key of Object.keys(override)) {
      if (key === 'dids')
        throw fail(
          'UnsupportedOperation',
          'Not allowed to override option dids. Make a rule for other DIDs.',
        );
      if (!overridable.has(key))
        throw fail(
          'UnsupportedOperation',
          `Non-valid override option ${key}. Use ${[...overridable].join(', ')}.`,
        );
    }
    const old = specOfRule(rule, now);
    // names of activities are not checked here, as in the field
    const { activity, ...rest } = override;
    const spec = parseRuleSpec(
      {
        account: old.account,
        copies: old.copies,
        rse_expression: rseExpression,
        grouping: old.grouping,
        weight: old.weight,
        lifetime: old.lifetime,
        locked: old.locked,
        subscription_id: old.subscription_id,
        source_replica_expression: old.source_replica_expression,
        notify: old.notification,
        purge_replicas: old.purge_replicas,
        ignore_availability: old.ignore_availability,
        comment: old.comments,
        priority: old.priority,
        meta: old.meta,
        ...rest,
        dids: old.dids,
      },
      caller.account,
    );
    spec.activity =
      activity === undefined || activity === null
        ? old.activity
        : ruleText('activity', activity, MAX_ACTIVITY);
    const added = await addRulesIn(tx, lake, caller, spec);
    await tx`
      update rules p set expires_at = ${new Date(now)}, updated_at = ${new Date(now)},
        child_rule_id = case when c.state <> 'O' then c.id end
      from rules c where p.id = ${rule.id} and c.id = ${added.ids[0]!}`;
    return { ids: added.ids, wake: [...added.wake, 'judge-cleaner'] };
  });
  for (const channel of wake) lake.wakeups.wake(channel);
  return ids[0]!;
};
