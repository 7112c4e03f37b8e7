import type { Transaction } from '@leman/foundation';
import { lastOfRule } from './last-of-rule.ts';
import type { RuleRow } from './rule-row.ts';

/**
 * A rule with split_container becomes one rule per dataset below its container; datasets for which the account has a
 * rule with the same expression and copies are left out. One statement whatever their number.
 * @returns channels to wake after commit
 */
export const splitRule = async (tx: Transaction, rule: RuleRow, now: Date): Promise<string[]> => {
  await tx`
    with recursive tree (id, did_type) as (
      select id, did_type from dids where id = ${rule.did_id}
      union
      select child.id, child.did_type
      from tree join contents on contents.parent_id = tree.id join dids child on child.id = contents.child_id
      where tree.did_type = 'C'
    )
    insert into rules (did_id, scope, name, did_type, account, subscription_id, copies, rse_expression,
      source_replica_expression, grouping, notification, activity, priority, purge_replicas, ignore_availability,
      ignore_account_limit, comments, meta, state, reason, reason_since, expires_at, inject_after, created_at, updated_at)
    select d.id, d.scope, d.name, d.did_type, r.account, r.subscription_id, r.copies, r.rse_expression,
      r.source_replica_expression, 'D', r.notification, r.activity, r.priority, r.purge_replicas, r.ignore_availability,
      r.ignore_account_limit, r.comments, r.meta, 'I', 'INJECTING', ${now}, r.expires_at, ${now}, ${now}, ${now}
    from tree join dids d on d.id = tree.id, rules r
    where d.did_type = 'D' and r.id = ${rule.id}
    on conflict (did_id, account, rse_expression, copies) do nothing`;
  await lastOfRule(tx, rule.id, now);
  return ['judge-injector'];
};
