import { fail } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';
import { configValue } from './config-value.ts';

/**
 * One section.
 * @throws ConfigNotFound (404)
 */
export const getConfigSection = async (
  sql: Queryable,
  section: string,
): Promise<Record<string, boolean | number | string>> => {
  const rows = await sql<{ option: string; value: string }[]>`
    select option, value from config where section = ${section} order by option`;
  if (rows.length === 0) throw fail('ConfigNotFound', `No configuration found for section '${section}'.`);
  return Object.fromEntries(rows.map(({ option, value }) => [option, configValue(value)]));
};
