import type { Lake } from '../lake.ts';
import type { IdentityType } from './identity-type.ts';

/** Accounts that an identity may log in to. */
export const listAccountsOfIdentity = async (
  { sql }: Lake,
  identity: string,
  type: IdentityType,
): Promise<string[]> => {
  const rows = await sql<{ account: string }[]>`
    select account from identity_accounts where identity = ${identity} and identity_type = ${type} order by account`;
  return rows.map(({ account }) => account);
};
