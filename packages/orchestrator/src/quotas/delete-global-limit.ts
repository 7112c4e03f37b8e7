import { requireAccount } from '../accounts/find-account.ts';
import type { Lake } from '../lake.ts';

/**
 * Removes the limit of an account for an expression, if it has one.
 * @throws AccountNotFound (404)
 */
export const deleteGlobalLimit = async (
  { sql }: Lake,
  account: string,
  expression: string,
): Promise<void> => {
  await requireAccount(sql, account);
  await sql`delete from account_global_limits where account = ${account} and rse_expression = ${expression}`;
};
