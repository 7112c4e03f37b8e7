import { requireAccount } from '../accounts/find-account.ts';
import type { Lake } from '../lake.ts';

/**
 * Says how many bytes an account may use at one RSE; -1: unlimited.
 * @throws AccountNotFound (404)
 */
export const setLocalLimit = async (
  { sql, clock, wakeups }: Lake,
  account: string,
  rseId: string,
  bytes: number,
): Promise<void> => {
  await requireAccount(sql, account);
  const now = new Date(clock.now());
  await sql`
    insert into account_limits (account, rse_id, bytes, created_at, updated_at) values (${account}, ${rseId}, ${bytes}, ${now}, ${now})
    on conflict (account, rse_id) do update set bytes = excluded.bytes, updated_at = excluded.updated_at`;
  wakeups.wake('quotas');
};
