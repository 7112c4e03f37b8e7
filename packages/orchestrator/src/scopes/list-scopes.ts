import type { Queryable } from '@leman/foundation';

/** Names of all scopes. */
export const listScopes = async (sql: Queryable): Promise<string[]> =>
  (await sql<{ scope: string }[]>`select scope from scopes where status <> 'D' order by scope`).map(
    ({ scope }) => scope,
  );
