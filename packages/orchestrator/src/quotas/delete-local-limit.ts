import { requireAccount } from '../accounts/find-account.ts';
import type { Lake } from '../lake.ts';

/**
 * Removes the limit of an account at one RSE, if it has one: it may use nothing there then.
 * @throws AccountNotFound (404)
 */
export const deleteLocalLimit = async ({ sql }: Lake, account: string, rseId: string): Promise<void> => {
  await requireAccount(sql, account);
  await sql`delete from account_limits where account = ${account} and rse_id = ${rseId}`;
};
