import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

const FETCH = 500;

interface UsageRow {
  account: string;
  used_files: number;
  used_bytes: number;
  quota_bytes: number | null;
}

/** What every account uses and may use at an RSE (quota -1: unlimited, null: none), in blocks. */
export async function* listRseAccountUsage({ sql }: Lake, rse: Rse): AsyncGenerator<Record<string, unknown>> {
  const blocks = sql<UsageRow[]>`
    select a.account, coalesce(u.files, 0) as used_files, coalesce(u.bytes, 0) as used_bytes, l.bytes as quota_bytes
    from accounts a
    left join (select account, files, bytes from account_usage_now where rse_id = ${rse.id}) u using (account)
    left join account_limits l on l.account = a.account and l.rse_id = ${rse.id}
    order by a.account`.cursor(FETCH);
  for await (const block of blocks) for (const row of block) yield { rse_id: rse.id, rse: rse.rse, ...row };
}
