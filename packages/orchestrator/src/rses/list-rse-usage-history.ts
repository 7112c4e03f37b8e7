import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

const FETCH = 500;

interface HistoryRow {
  source: string;
  used: number;
  free: number;
  files: number | null;
  updated_at: Date;
}

/** What was reported of the space at an RSE, newest first, in blocks. */
export async function* listRseUsageHistory(
  { sql }: Lake,
  rse: Rse,
  source: string | undefined,
): AsyncGenerator<Record<string, unknown>> {
  const blocks = sql<HistoryRow[]>`
    select source, coalesce(used, 0) as used, coalesce(free, 0) as free, files, updated_at
    from rse_usage_history
    where rse_id = ${rse.id} and (${source ?? null}::text is null or source = ${source ?? null})
    order by updated_at desc`.cursor(FETCH);
  for await (const block of blocks) {
    for (const row of block) yield { rse_id: rse.id, rse: rse.rse, ...row, total: row.used + row.free };
  }
}
