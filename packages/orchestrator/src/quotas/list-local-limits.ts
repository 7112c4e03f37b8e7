import { requireAccount } from '../accounts/find-account.ts';
import type { Lake } from '../lake.ts';
import type { RseDirectory } from '../rses/rse-directory.ts';
import { wireLimit } from './limit-value.ts';

/**
 * What an account may use at each RSE, `{rse: bytes}` (Infinity: unlimited); RSEs without a limit are left out.
 * @throws AccountNotFound (404)
 */
export const listLocalLimits = async (
  { sql }: Lake,
  directory: RseDirectory,
  account: string,
): Promise<Record<string, number>> => {
  await requireAccount(sql, account);
  const rows = await sql<{ rse_id: string; bytes: number }[]>`
    select rse_id, bytes from account_limits where account = ${account}`;
  return Object.fromEntries(
    rows.flatMap(({ rse_id, bytes }) => {
      const rse = directory.byId.get(rse_id);
      return rse ? [[rse.rse, wireLimit(bytes)]] : [];
    }),
  );
};
