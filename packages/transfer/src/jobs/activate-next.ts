import type { Transaction } from '@leman/foundation';
import type { QueueEntry } from '../scheduler/queues.ts';

/**
 * Lets the next file of each job start: the next alternative source after a failure (type R), the next hop after a
 * success (type H). Nothing when the job has none left, or one under way.
 */
export const activateNext = async (tx: Transaction, jobIds: string[], now: Date): Promise<QueueEntry[]> => {
  const rows = await tx<
    {
      file_id: number;
      source_se: string;
      dest_se: string;
      activity: string;
      priority: number;
      user_filesize: number | null;
    }[]
  >`
    with next as (
      select distinct on (f.job_id) f.file_id from files f
      where f.job_id = any(${jobIds}::uuid[]) and f.file_state = 'NOT_USED'
        and not exists (select from files o where o.job_id = f.job_id and o.file_state in ('SUBMITTED', 'ACTIVE'))
      order by f.job_id, f.file_index, f.file_id)
    update files f set file_state = 'SUBMITTED', waiting_since = ${now}
    from next, jobs j
    where f.file_id = next.file_id and j.job_id = f.job_id
    returning f.file_id, f.source_se, f.dest_se, f.activity, j.priority, f.user_filesize`;
  return rows.map((row) => ({
    fileId: row.file_id,
    sourceSe: row.source_se,
    destSe: row.dest_se,
    activity: row.activity,
    priority: row.priority,
    size: row.user_filesize ?? 0,
  }));
};
