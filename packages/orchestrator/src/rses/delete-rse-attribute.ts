import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

/**
 * Takes an attribute from an RSE.
 * @throws RSEAttributeNotFound (404)
 */
export const deleteRseAttribute = async ({ sql, wakeups }: Lake, rse: Rse, key: string): Promise<void> => {
  const rows = await sql`delete from rse_attributes where rse_id = ${rse.id} and key = ${key} returning key`;
  if (rows.length === 0)
    throw fail('RSEAttributeNotFound', `RSE attribute '${key}' cannot be found at ${rse.rse}.`);
  wakeups.wake('rses');
};
