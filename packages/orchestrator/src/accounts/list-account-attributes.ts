import type { Lake } from '../lake.ts';
import { wireAttribute } from './attribute-value.ts';
import { requireAccount } from './find-account.ts';

/**
 * Attributes of an account, `[{key, value}]`.
 * @throws AccountNotFound (404)
 */
export const listAccountAttributes = async (
  { sql }: Lake,
  account: string,
): Promise<{ key: string; value: string | boolean }[]> => {
  await requireAccount(sql, account);
  const rows = await sql<{ key: string; value: string }[]>`
    select key, value from account_attributes where account = ${account} order by key`;
  return rows.map(({ key, value }) => ({ key, value: wireAttribute(value) }));
};
