import { requireAccount } from '../accounts/find-account.ts';
import type { Lake } from '../lake.ts';
import type { RseDirectory } from '../rses/rse-directory.ts';
import { wireLimit } from './limit-value.ts';

export interface LocalUsage {
  bytes: number;
  files: number;
  rse_id: string;
  rse: string;
  bytes_limit: number;
  bytes_remaining: number;
}

/**
 * What an account uses and may use, per RSE where it has data or a limit (or at the one RSE asked for).
 * @throws AccountNotFound (404)
 */
export const listLocalUsage = async (
  { sql }: Lake,
  directory: RseDirectory,
  account: string,
  rseId?: string,
): Promise<LocalUsage[]> => {
  await requireAccount(sql, account);
  const rows = await sql<{ rse_id: string; bytes: number; files: number; bytes_limit: number | null }[]>`
    select rse_id, coalesce(u.bytes, 0) as bytes, coalesce(u.files, 0) as files, l.bytes as bytes_limit
    from (select rse_id, bytes, files from account_usage_now where account = ${account}) u
    full join (select rse_id, bytes from account_limits where account = ${account}) l using (rse_id)
    where (${rseId ?? null}::uuid is null or rse_id = ${rseId ?? null})
      and (u.bytes > 0 or u.files > 0 or l.bytes is not null)`;
  return rows
    .flatMap(({ rse_id, bytes, files, bytes_limit }) => {
      const rse = directory.byId.get(rse_id);
      if (!rse) return [];
      const limit = wireLimit(bytes_limit ?? 0);
      return [{ rse_id, rse: rse.rse, bytes, files, bytes_limit: limit, bytes_remaining: limit - bytes }];
    })
    .sort((a, b) => (a.rse < b.rse ? -1 : 1));
};
