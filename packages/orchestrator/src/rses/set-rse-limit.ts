import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

/** Sets a limit of an RSE (MinFreeSpace, MaxSpaceAvailable, ...), bytes. */
export const setRseLimit = async (
  { sql, wakeups }: Lake,
  rse: Rse,
  name: string,
  value: number,
): Promise<void> => {
  await sql`
    insert into rse_limits (rse_id, name, value) values (${rse.id}, ${name}, ${value})
    on conflict (rse_id, name) do update set value = excluded.value`;
  wakeups.wake('rses');
};
