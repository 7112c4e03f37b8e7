import { requireAccount } from '../accounts/find-account.ts';
import type { Lake } from '../lake.ts';

/**
 * Says how many bytes an account may use at the RSEs of an expression together; -1: unlimited.
 * @throws AccountNotFound (404)
 */
export const setGlobalLimit = async (
  { sql, clock, wakeups }: Lake,
  account: string,
  expression: string,
  bytes: number,
): Promise<void> => {
  await requireAccount(sql, account);
  const now = new Date(clock.now());
  await sql`
    insert into account_global_limits (account, rse_expression, bytes, created_at, updated_at)
    values (${account}, ${expression}, ${bytes}, ${now}, ${now})
    on conflict (account, rse_expression) do update set bytes = excluded.bytes, updated_at = excluded.updated_at`;
  wakeups.wake('quotas');
};
