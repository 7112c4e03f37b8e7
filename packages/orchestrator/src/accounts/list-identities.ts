import type { Lake } from '../lake.ts';
import { requireAccount } from './find-account.ts';

/**
 * Identities of an account, `{type, identity, email}`.
 * @throws AccountNotFound (404)
 */
export const listIdentities = async (
  { sql }: Lake,
  account: string,
): Promise<{ type: string; identity: string; email: string | null }[]> => {
  await requireAccount(sql, account);
  return sql<{ type: string; identity: string; email: string | null }[]>`
    select identity_type as type, identity, email
    from identity_accounts join identities using (identity, identity_type)
    where account = ${account} order by identity_type, identity`;
};
