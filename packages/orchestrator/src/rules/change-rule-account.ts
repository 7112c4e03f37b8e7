import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import type { RuleRow } from './rule-row.ts';

/** @throws AccountNotFound 404 */
export const requireAccount = async (tx: Transaction, account: string): Promise<void> => {
  const [known] = await tx`select from accounts where account = ${account} and status <> 'DELETED'`;
  if (!known) throw fail('AccountNotFound', `Account ${account} does not exist. Name an existing account.`);
};

/**
 * Gives a rule to another account: what its locks use counts for that one from now on.
 * @throws AccountNotFound 404
 */
export const changeRuleAccount = async (
  tx: Transaction,
  rule: RuleRow,
  account: string,
  now: Date,
): Promise<void> => {
  await requireAccount(tx, account);
  if (account === rule.account) return;
  await tx`update rules set account = ${account}, updated_at = ${now} where id = ${rule.id}`;
  await tx`
    with used as (select rse_id, count(*) as files, sum(bytes) as bytes from locks where rule_id = ${rule.id} group by rse_id)
    insert into account_usage_deltas (account, rse_id, files, bytes)
    select ${rule.account}, rse_id, -files, -bytes from used
    union all
    select ${account}, rse_id, files, bytes from used`;
  await tx`update requests set account = ${account} where rule_id = ${rule.id}`;
};
