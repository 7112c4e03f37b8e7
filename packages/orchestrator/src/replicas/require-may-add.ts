import type { Queryable } from '@leman/foundation';
import { requireMayAddReplicas } from '../accounts/permissions.ts';
import type { Caller } from '../lake.ts';
import type { Rse } from '../rses/rse-directory.ts';

/**
 * Who may register copies at RSEs: administrators, everybody where the name says so (the field's generic policy), and
 * those who were given room there (a local limit other than 0), so that scientists can upload to their storages.
 * @throws AccessDenied 401
 */
export const requireMayAdd = async (sql: Queryable, caller: Caller, rses: readonly Rse[]): Promise<void> => {
  const closed = rses.filter((rse) => {
    try {
      requireMayAddReplicas(caller, rse.rse);
      return false;
    } catch {
      return true;
    }
  });
  if (closed.length === 0) return;
  const given = await sql<{ rse_id: string }[]>`
    select rse_id from account_limits
    where account = ${caller.account} and bytes <> 0 and rse_id = any(${closed.map((rse) => rse.id)}::text[]::uuid[])`;
  const room = new Set(given.map((row) => row.rse_id));
  for (const rse of closed) if (!room.has(rse.id)) requireMayAddReplicas(caller, rse.rse);
};
