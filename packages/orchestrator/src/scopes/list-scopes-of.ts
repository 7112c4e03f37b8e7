import { fail } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';

/**
 * Scopes of an account.
 * @throws AccountNotFound (404), ScopeNotFound (404) when it has none
 */
export const listScopesOf = async (sql: Queryable, account: string): Promise<string[]> => {
  const [row] = await sql<{ scopes: string[] }[]>`
    select array(select scope from scopes s where s.account = a.account and s.status <> 'D' order by scope) as scopes
    from accounts a where account = ${account}`;
  if (!row) throw fail('AccountNotFound', `Account ID '${account}' does not exist.`);
  if (row.scopes.length === 0) throw fail('ScopeNotFound', `no scopes found for account ID '${account}'`);
  return row.scopes;
};
