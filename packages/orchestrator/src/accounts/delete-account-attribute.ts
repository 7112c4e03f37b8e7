import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';

/**
 * Takes an attribute away.
 * @throws AccountNotFound (404) when the account does not have it.
 */
export const deleteAccountAttribute = async (
  { sql, wakeups }: Lake,
  account: string,
  key: string,
): Promise<void> => {
  const rows =
    await sql`delete from account_attributes where account = ${account} and key = ${key} returning key`;
  if (rows.length === 0)
    throw fail('AccountNotFound', `Attribute (${key}) does not exist for the account ${account}!`);
  wakeups.wake('accounts');
};
