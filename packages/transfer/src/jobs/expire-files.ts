import type { Transaction } from '@leman/foundation';
import { type UnattemptedFile, unattemptedColumns, unattemptedEvent } from '../events/unattempted-event.ts';
import { recomputeJobs } from './recompute-jobs.ts';

const BATCH = 1000;

/** Ends files whose time in the queue is over, with the reason they waited for. */
export const expireFiles = async (
  tx: Transaction,
  now: Date,
): Promise<{ fileIds: Set<number>; events: Record<string, unknown>[] }> => {
  const rows = await tx<(UnattemptedFile & { reason: string; reason_code: string; reason_facts: unknown })[]>`
    with late as (
      select file_id from files where file_state = 'SUBMITTED' and deadline <= ${now} order by deadline limit ${BATCH} for update skip locked)
    update files f set file_state = 'FAILED', finish_time = ${now}, recoverable = true, retry_at = null, sealed_tokens = null,
      reason = 'TRANSFER [110] Job has been canceled because it stayed in the queue for too long',
      reason_code = coalesce(f.reason_code, 'TIMEOUT'),
      reason_facts = coalesce(f.reason_facts, json_build_object('seconds', extract(epoch from ${now} - f.waiting_since)::int))
    from late l, jobs j where l.file_id = f.file_id and j.job_id = f.job_id
    returning ${tx.unsafe(unattemptedColumns)}, f.reason, f.reason_code, f.reason_facts`;
  const states = rows.length
    ? await recomputeJobs(tx, [...new Set(rows.map((row) => row.job_id))], now)
    : new Map<string, string>();
  const events = rows.map((row) =>
    unattemptedEvent(row, 'expired', now, {
      t_final_transfer_state: 'Error',
      t_final_transfer_state_flag: 0,
      t_error_code: 110,
      t__error_message: row.reason,
      job_state_now: states.get(row.job_id) ?? 'FAILED',
      file_state: 'FAILED',
      is_recoverable: true,
      reason_code: row.reason_code,
      facts: row.reason_facts,
    }),
  );
  return { fileIds: new Set(rows.map((row) => row.file_id)), events };
};
