import { fail } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';
import { configValue } from './config-value.ts';

type Section = Record<string, boolean | number | string>;

/** Everything: `{section: {option: value}}`. */
export const getConfig = async (sql: Queryable): Promise<Record<string, Section>> => {
  const rows = await sql<{ section: string; option: string; value: string }[]>`
    select section, option, value from config order by section, option`;
  const sections = new Map<string, Map<string, boolean | number | string>>();
  for (const { section, option, value } of rows) {
    if (!sections.has(section)) sections.set(section, new Map());
    sections.get(section)!.set(option, configValue(value));
  }
  return Object.fromEntries([...sections].map(([name, options]) => [name, Object.fromEntries(options)]));
};

/**
 * One section.
 * @throws ConfigNotFound (404)
 */
export const getConfigSection = async (sql: Queryable, section: string): Promise<Section> => {
  const rows = await sql<{ option: string; value: string }[]>`
    select option, value from config where section = ${section} order by option`;
  if (rows.length === 0) throw fail('ConfigNotFound', `No configuration found for section '${section}'.`);
  return Object.fromEntries(rows.map(({ option, value }) => [option, configValue(value)]));
};

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
