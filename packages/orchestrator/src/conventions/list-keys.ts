import type { Queryable } from '@leman/foundation';

/** Names of the metadata keys. */
export const listKeys = async (sql: Queryable): Promise<string[]> =>
  (await sql<{ key: string }[]>`select key from did_keys order by key`).map(({ key }) => key);
