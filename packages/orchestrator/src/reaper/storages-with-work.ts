import type { Sql } from '@leman/foundation';
import type { Rse } from '../rses/rse-directory.ts';

/** Of these storages, those that have a copy whose tombstone has come and which is due to be looked at. One query. */
export const storagesWithWork = async (sql: Sql, rses: readonly Rse[], now: Date): Promise<Rse[]> => {
  const rows = await sql<{ rse_id: string }[]>`
    select e.rse_id from unnest(${rses.map((rse) => rse.id)}::uuid[]) as e (rse_id)
    where exists (
      select from replicas r where r.rse_id = e.rse_id and r.lock_cnt = 0 and r.tombstone <= ${now}
        and (r.deletion_after is null or r.deletion_after <= ${now}))`;
  const due = new Set(rows.map((row) => row.rse_id));
  return rses.filter((rse) => due.has(rse.id));
};
