import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

/**
 * Deletes an RSE that holds nothing. Its row stays for the history; its name is free again.
 * @throws RSEOperationNotSupported (404) when it holds replicas.
 */
export const deleteRse = async ({ sql, clock, wakeups }: Lake, rse: Rse): Promise<void> => {
  const rows = await sql`
    with gone as (
      update rses set deleted_at = ${new Date(clock.now())}, updated_at = ${new Date(clock.now())}
      where id = ${rse.id} and deleted_at is null
        and not exists (select from replicas where rse_id = ${rse.id})
      returning id, rse
    ), untagged as (
      delete from rse_attributes a using gone where a.rse_id = gone.id and a.key = gone.rse
    )
    select from gone`;
  if (rows.length === 0) {
    throw fail(
      'RSEOperationNotSupported',
      `RSE '${rse.rse}' is not empty. Delete or move its replicas first.`,
    );
  }
  wakeups.wake('rses');
};
