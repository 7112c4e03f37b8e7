import type { Queryable } from '@leman/foundation';

/** All scopes with their owners, `[{scope, account}]`. */
export const listScopeOwners = (sql: Queryable): Promise<{ scope: string; account: string }[]> =>
  sql<
    { scope: string; account: string }[]
  >`select scope, account from scopes where status <> 'D' order by scope`;
