import { fail } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';

/**
 * Returns when the account is there and active.
 * @throws AccountNotFound (404)
 */
export const requireAccount = async (sql: Queryable, account: string): Promise<void> => {
  const rows = await sql`select from accounts where account = ${account} and status = 'ACTIVE'`;
  if (rows.length === 0)
    throw fail('AccountNotFound', `Account ID '${account}' does not exist, or is not active.`);
};
