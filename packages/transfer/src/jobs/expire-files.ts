import type { Transaction } from '@leman/foundation';
import { wireName } from '../storage-name.ts';
import { recomputeJobs } from './recompute-jobs.ts';

const BATCH = 1000;

/** Ends files whose time in the queue is over, with the reason they waited for. */
export const expireFiles = async (
  tx: Transaction,
  now: Date,
): Promise<{ fileIds: Set<number>; events: Record<string, unknown>[] }> => {
  const rows = await tx<
    {
      file_id: number;
      job_id: string;
      source_surl: string;
      dest_surl: string;
      source_se: string;
      dest_se: string;
      file_metadata: unknown;
      job_metadata: unknown;
      vo_name: string;
      reason: string;
      reason_code: string;
      reason_facts: unknown;
    }[]
  >`
    with late as (
      select file_id from files where file_state = 'SUBMITTED' and deadline <= ${now} order by deadline limit ${BATCH} for update skip locked)
    update files f set file_state = 'FAILED', finish_time = ${now}, recoverable = true, retry_at = null, sealed_tokens = null,
      reason = 'TRANSFER [110] Job has been canceled because it stayed in the queue for too long',
      reason_code = coalesce(f.reason_code, 'TIMEOUT'),
      reason_facts = coalesce(f.reason_facts, json_build_object('seconds', extract(epoch from ${now} - f.waiting_since)::int))
    from late l, jobs j where l.file_id = f.file_id and j.job_id = f.job_id
    returning f.file_id, f.job_id::text as job_id, f.source_surl, f.dest_surl, f.source_se, f.dest_se, f.file_metadata,
      j.job_metadata, j.vo_name, f.reason, f.reason_code, f.reason_facts`;
  const states = rows.length
    ? await recomputeJobs(tx, [...new Set(rows.map((row) => row.job_id))], now)
    : new Map<string, string>();
  const events = rows.map((row) => ({
    kind: 'complete',
    tr_id: `${now.toISOString().slice(0, 16).replace(/[T:]/g, '-')}__expired__${row.file_id}__${row.job_id}`,
    job_id: row.job_id,
    file_id: row.file_id,
    vo: row.vo_name,
    src_url: row.source_surl,
    dst_url: row.dest_surl,
    src_se: wireName(row.source_se),
    dst_se: wireName(row.dest_se),
    t_final_transfer_state: 'Error',
    t_final_transfer_state_flag: 0,
    t_error_code: 110,
    t__error_message: row.reason,
    tr_timestamp_start: 0,
    tr_timestamp_complete: now.getTime(),
    job_state: 'UNKNOWN',
    job_state_now: states.get(row.job_id) ?? 'FAILED',
    file_state: 'FAILED',
    is_archiving: false,
    is_recoverable: true,
    file_metadata: row.file_metadata,
    job_metadata: row.job_metadata,
    reason_code: row.reason_code,
    facts: row.reason_facts,
  }));
  return { fileIds: new Set(rows.map((row) => row.file_id)), events };
};
