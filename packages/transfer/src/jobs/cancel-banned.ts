import type { Transaction } from '@leman/foundation';
import { cancelFiles } from './cancel-files.ts';

/** Jobs with open files from or to a banned storage; cancels them when asked. */
export const cancelBanned = async (
  tx: Transaction,
  se: string,
  cancel: boolean,
  who: string,
  now: Date,
): Promise<{ jobIds: string[]; fileIds: Set<number>; events: Record<string, unknown>[] }> => {
  const rows = await tx<{ job_id: string }[]>`
    select distinct job_id::text as job_id from files
    where file_state in ('SUBMITTED', 'ACTIVE') and (${se} in (source_se, regexp_replace(source_se, ':\\d+$', ''), dest_se, regexp_replace(dest_se, ':\\d+$', ''))) order by 1`;
  const jobIds = rows.map((row) => row.job_id);
  if (!cancel || !jobIds.length) return { jobIds, fileIds: new Set(), events: [] };
  const { fileIds, events } = await cancelFiles(tx, { jobIds }, who, now);
  return { jobIds, fileIds, events };
};
