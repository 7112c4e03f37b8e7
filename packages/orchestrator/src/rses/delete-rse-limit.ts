import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

/** Removes a limit of an RSE, if it has it. */
export const deleteRseLimit = async ({ sql, wakeups }: Lake, rse: Rse, name: string): Promise<void> => {
  await sql`delete from rse_limits where rse_id = ${rse.id} and name = ${name}`;
  wakeups.wake('rses');
};
