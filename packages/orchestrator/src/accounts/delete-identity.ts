import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import type { IdentityType } from './identity-type.ts';
import { SSH_IDENTITY } from './login-ssh.ts';

/**
 * Takes an identity from an account, with the tokens it got for it. An identity that is left without accounts goes too.
 * @throws IdentityError (404) when the account does not have it.
 */
export const deleteIdentity = async (
  lake: Lake,
  account: string,
  identity: string,
  type: IdentityType,
): Promise<void> => {
  const gone = await lake.sql.begin(async (tx) => {
    const rows = await tx`
      with gone as (
        delete from identity_accounts
        where identity = ${identity} and identity_type = ${type} and account = ${account} returning account
      ), revoked as (
        delete from tokens where account in (select account from gone)
          and identity = ${type === 'SSH' ? SSH_IDENTITY : identity}
      )
      select from gone`;
    await tx`
      delete from identities i where identity = ${identity} and identity_type = ${type}
        and not exists (select from identity_accounts a where a.identity = i.identity and a.identity_type = i.identity_type)`;
    return rows.length;
  });
  if (gone === 0)
    throw fail('IdentityError', `Identity ('${identity}','${type}') does not exist!`, { status: 404 });
  lake.wakeups.wake('accounts');
};
