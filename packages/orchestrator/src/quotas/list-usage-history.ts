import { wireIsoDate } from '@leman/foundation';
import { requireAccount } from '../accounts/find-account.ts';
import type { Lake } from '../lake.ts';

/**
 * What an account used at an RSE over time, oldest first.
 * @throws AccountNotFound (404)
 */
export const listUsageHistory = async (
  { sql }: Lake,
  account: string,
  rseId: string,
): Promise<{ bytes: number; files: number; updated_at: string }[]> => {
  await requireAccount(sql, account);
  const rows = await sql<{ bytes: number; files: number; updated_at: Date }[]>`
    select bytes, files, updated_at from account_usage_history
    where account = ${account} and rse_id = ${rseId} order by updated_at`;
  return rows.map((row) => ({ ...row, updated_at: wireIsoDate(row.updated_at) }));
};
