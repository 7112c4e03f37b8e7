import type { Sql } from '@leman/foundation';
import type { QueueEntry } from '../scheduler/queues.ts';

/** Sets the priority of jobs; gives their waiting files as they must be queued now. */
export const changePriority = async (
  sql: Sql,
  jobIds: readonly string[],
  priority: number,
): Promise<QueueEntry[]> => {
  if (!jobIds.length) return [];
  const rows = await sql<
    { file_id: number; source_se: string; dest_se: string; activity: string; user_filesize: number | null }[]
  >`
    with changed as (
      update jobs set priority = ${priority} where job_id = any(${jobIds as string[]}::uuid[]) and job_finished is null returning job_id)
    select f.file_id, f.source_se, f.dest_se, f.activity, f.user_filesize
    from files f join changed c on c.job_id = f.job_id
    where f.file_state = 'SUBMITTED' and f.retry_at is null order by f.file_id`;
  return rows.map((row) => ({
    fileId: row.file_id,
    sourceSe: row.source_se,
    destSe: row.dest_se,
    activity: row.activity,
    priority,
    size: row.user_filesize ?? 0,
  }));
};
