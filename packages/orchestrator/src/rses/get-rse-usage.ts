import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

interface UsageRow {
  source: string;
  used: number;
  free: number | null;
  files: number | null;
  updated_at: Date;
}

/**
 * The space at an RSE by source: `rucio` is what the catalogue counts (right at this instant), the others are what was
 * reported. With `perAccount`, the source rucio also says which accounts lock how much.
 */
export const getRseUsage = async (
  { sql, clock }: Lake,
  rse: Rse,
  options: { source?: string | undefined; perAccount: boolean },
): Promise<Record<string, unknown>[]> => {
  const { source, perAccount } = options;
  const rows = await sql<UsageRow[]>`
    select 'rucio' as source, coalesce(sum(bytes), 0)::bigint as used, null::bigint as free,
      coalesce(sum(files), 0)::bigint as files, coalesce(max(updated_at), ${new Date(clock.now())}) as updated_at
    from rse_counters_now where rse_id = ${rse.id}
    union all
    select source, used, free, files, updated_at from rse_usage where rse_id = ${rse.id} and source <> 'rucio'
    order by source`;
  const usages = rows
    .filter((row) => source === undefined || row.source === source)
    .map((row) => ({ rse_id: rse.id, ...row, total: row.used + (row.free ?? 0), rse: rse.rse }));
  if (!perAccount) return usages;
  const accounts = await sql<{ account: string; used: number }[]>`
    select account, bytes as used from account_usage_now where rse_id = ${rse.id} and bytes <> 0
    order by bytes desc, account`;
  return usages.map((usage) => {
    if (usage.source !== 'rucio') return usage;
    const percentage = (used: number) =>
      usage.total > 0 ? Math.round((used / usage.total) * 10_000) / 100 : 0;
    return {
      ...usage,
      account_usages: accounts.map(({ account, used }) => ({ used, account, percentage: percentage(used) })),
    };
  });
};
