import type { Queryable } from '@leman/foundation';

/** Values listed for a metadata key; none when it has none, or does not exist. */
export const listValues = async (sql: Queryable, key: string): Promise<string[]> =>
  (await sql<{ value: string }[]>`select value from did_key_values where key = ${key} order by value`).map(
    ({ value }) => value,
  );
