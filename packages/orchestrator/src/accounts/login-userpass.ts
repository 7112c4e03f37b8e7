import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import { checkPassword } from './hash-password.ts';
import { issueToken } from './issue-token.ts';
import { loginBackoff } from './login-backoff.ts';

export interface UserpassLogin {
  /** The account wished for; the default of the identity when absent. */
  account: string | undefined;
  username: string;
  password: string;
  appid: string;
  /** The client's address as a proxy tells it. */
  ip: string;
  /** The address of the connection. */
  connectedFrom: string;
}

export type LoginAnswer = { token: string; expiresAt: Date; account: string } | { accounts: string[] };

/**
 * A token for a user name and password. Without an account: that of the identity's default, or its only one; with
 * several and no default the answer is the list to choose from. An unknown user takes as long as a wrong password.
 *
 * @throws CannotAuthenticate (401)
 */
export const loginUserpass = async (lake: Lake, login: UserpassLogin): Promise<LoginAnswer> => {
  const { account, username, password, appid, ip } = login;
  const backoff = loginBackoff(lake, username, { told: ip, connected: login.connectedFrom });
  const [row] = await lake.sql<
    { password_salt: Buffer; password_hash: Buffer; accounts: string[]; defaults: string[] }[]
  >`
    select password_salt, password_hash,
      coalesce(array_agg(a.account order by a.account) filter (where a.account is not null), '{}') as accounts,
      coalesce(array_agg(a.account order by a.account) filter (where ia.is_default and a.account is not null), '{}') as defaults
    from identities i
    left join identity_accounts ia using (identity, identity_type)
    left join accounts a on a.account = ia.account and a.status = 'ACTIVE'
    where identity = ${username} and identity_type = 'USERPASS' and password_hash is not null
    group by identity, identity_type`;
  const known = row && { salt: row.password_salt, hash: row.password_hash };
  const right = await checkPassword(password, known);
  if (!row || !right) {
    backoff.failed();
    throw fail(
      'CannotAuthenticate',
      `Cannot authenticate to account ${account ?? 'of this user'} with given credentials.`,
    );
  }
  backoff.succeeded();
  const possible =
    account !== undefined
      ? row.accounts.filter((name) => name === account)
      : row.defaults.length
        ? row.defaults
        : row.accounts;
  if (possible.length > 1) return { accounts: possible };
  const [chosen] = possible;
  if (chosen === undefined) {
    throw fail(
      'CannotAuthenticate',
      `Cannot authenticate to account ${account ?? '(none)'} with given credentials. The identity is not attached to it.`,
    );
  }
  return { ...(await issueToken(lake, { account: chosen, identity: username, appid, ip })), account: chosen };
};
