import { fail } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';
import { configValue } from './config-value.ts';

/**
 * One value.
 * @throws ConfigNotFound (404)
 */
export const getConfigOption = async (
  sql: Queryable,
  section: string,
  option: string,
): Promise<boolean | number | string> => {
  const [row] = await sql<{ value: string }[]>`
    select value from config where section = ${section} and option = ${option}`;
  if (!row)
    throw fail('ConfigNotFound', `No configuration found for section '${section}' option '${option}'.`);
  return configValue(row.value);
};
