import type { Sql } from '@leman/foundation';
import type { QueueEntry } from './queues.ts';

const PAGE = 5000;
const INTERRUPTED = 6;

/**
 * Reads what waits, in the order of submission, a page at a time. What a dead service left ACTIVE comes first: its next
 * attempt looks at the destination before it copies anything.
 * @returns how many.
 */
export const loadQueue = async (
  sql: Sql,
  add: (entry: QueueEntry, retryAt: number | undefined) => void,
): Promise<number> => {
  let count = 0;
  const rows = sql<
    {
      file_id: number;
      file_state: string;
      source_se: string;
      dest_se: string;
      activity: string;
      priority: number;
      user_filesize: number | null;
      retry_at: Date | null;
    }[]
  >`
    select f.file_id, f.file_state, f.source_se, f.dest_se, f.activity, j.priority, f.user_filesize, f.retry_at
    from files f join jobs j on j.job_id = f.job_id
    where f.file_state in ('SUBMITTED', 'ACTIVE')
    order by f.file_id`.cursor(PAGE);
  for await (const page of rows) {
    for (const row of page) {
      const entry = {
        fileId: row.file_id,
        sourceSe: row.source_se,
        destSe: row.dest_se,
        activity: row.activity,
        priority: row.file_state === 'ACTIVE' ? INTERRUPTED : row.priority,
        size: row.user_filesize ?? 0,
      };
      add(entry, row.retry_at?.getTime());
    }
    count += page.length;
  }
  return count;
};
