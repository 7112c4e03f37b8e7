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
