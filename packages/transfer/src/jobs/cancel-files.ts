import type { Transaction } from '@leman/foundation';
import { type UnattemptedFile, unattemptedColumns, unattemptedEvent } from '../events/unattempted-event.ts';
import { recomputeJobs } from './recompute-jobs.ts';

export interface Canceled {
  fileIds: Set<number>;
  /** State of each job now. */
  states: Map<string, string>;
  events: Record<string, unknown>[];
}

const REASON = 'Job canceled by the user';

/**
 * Cancels what is not ended of whole jobs, or of some files of one. Running copies are told to stop after the commit;
 * what they still report is settled against nothing.
 */
export const cancelFiles = async (
  tx: Transaction,
  which: { jobIds: readonly string[]; fileIds?: readonly number[] },
  who: string,
  now: Date,
): Promise<Canceled> => {
  const facts = JSON.stringify({ who });
  const rows = await tx<(UnattemptedFile & { user_dn: string; attempts: number })[]>`
    update files f set file_state = 'CANCELED', finish_time = ${now}, reason = ${REASON}, reason_code = 'CANCELED',
      reason_facts = ${facts}::text::json, retry_at = null, sealed_tokens = null
    from jobs j
    where j.job_id = f.job_id and f.job_id = any(${which.jobIds as string[]}::uuid[])
      and f.file_state in ('SUBMITTED', 'ACTIVE', 'NOT_USED') and j.job_finished is null
      ${which.fileIds ? tx`and f.file_id = any(${which.fileIds as number[]}::bigint[])` : tx``}
    returning ${tx.unsafe(unattemptedColumns)}, j.user_dn, f.attempts`;
  if (!which.fileIds) {
    await tx`update jobs set cancel_job = true where job_id = any(${which.jobIds as string[]}::uuid[]) and job_finished is null`;
  }
  const states = await recomputeJobs(tx, [...which.jobIds], now);
  const events = rows.map((row) =>
    unattemptedEvent(row, 'canceled', now, {
      attempt: row.attempts,
      user_dn: row.user_dn,
      t_final_transfer_state: 'Abort',
      t_final_transfer_state_flag: 2,
      t_error_code: 125,
      t__error_message: REASON,
      job_state_now: states.get(row.job_id) ?? 'CANCELED',
      file_state: 'CANCELED',
      is_recoverable: false,
      reason_code: 'CANCELED',
      facts: { who },
    }),
  );
  return { fileIds: new Set(rows.map((row) => row.file_id)), states, events };
};
