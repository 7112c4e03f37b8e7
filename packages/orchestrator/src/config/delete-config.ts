import { fail } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';

/**
 * Removes a section, or one option of it.
 * @throws ConfigNotFound (404)
 */
export const deleteConfig = async (sql: Queryable, section: string, option?: string): Promise<void> => {
  const rows = await sql`
    delete from config where section = ${section} and (${option ?? null}::text is null or option = ${option ?? null})
    returning option`;
  if (rows.length > 0) return;
  const which = option === undefined ? `section '${section}'` : `section '${section}' option '${option}'`;
  throw fail('ConfigNotFound', `No configuration found for ${which}.`);
};
