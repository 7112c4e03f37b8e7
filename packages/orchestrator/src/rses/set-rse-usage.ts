import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

export interface RseUsageReport {
  /** Who says so: storage, srm, https, ... (`rucio` is what the catalogue itself counts). */
  source: string;
  used: number;
  free: number | null;
  files: number | null;
}

/** Notes what somebody reports of the space at an RSE, bytes; the history keeps it. */
export const setRseUsage = async (
  { sql, clock, wakeups }: Lake,
  rse: Rse,
  report: RseUsageReport,
): Promise<void> => {
  const { source, used, free, files } = report;
  const now = new Date(clock.now());
  await sql`
    with history as (
      insert into rse_usage_history (rse_id, source, used, free, files, updated_at)
      values (${rse.id}, ${source}, ${used}, ${free}, ${files}, ${now})
    )
    insert into rse_usage (rse_id, source, used, free, files, updated_at)
    values (${rse.id}, ${source}, ${used}, ${free}, ${files}, ${now})
    on conflict (rse_id, source) do update
    set used = excluded.used, free = excluded.free, files = excluded.files, updated_at = excluded.updated_at`;
  // There may be less room than should be free.
  wakeups.wake('reaper');
};
