import type { Facts } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';

/** What becomes of an attempt; a row of the settling statement. */
export interface Settlement {
  file_id: number;
  attempt: number;
  /** SUBMITTED is a retry. */
  file_state: 'FINISHED' | 'FAILED' | 'CANCELED' | 'SUBMITTED';
  attempt_state: 'FINISHED' | 'FAILED' | 'CANCELED';
  ended_at: string;
  retry_at: string | null;
  filesize: number | null;
  transferred: number | null;
  tx_duration: number;
  throughput: number | null;
  recoverable: boolean | null;
  already_there: boolean;
  mode: string | null;
  reason: string | null;
  reason_code: string | null;
  reason_facts: Facts | null;
  /** Replaces the file's metadata when set (`dst_file` of the field). */
  file_metadata: unknown;
}

/**
 * Settles attempts: one statement for all. Only the attempt that is the file's current one counts; one that was
 * overtaken (canceled, or done by a later attempt) changes nothing.
 * @returns ids of the files that changed.
 */
export const settleFiles = async (tx: Transaction, settlements: Settlement[]): Promise<Set<number>> => {
  const rows = await tx<{ file_id: number }[]>`
    with o as (
      select * from json_to_recordset(${JSON.stringify(settlements)}::text::json) as o (file_id bigint, attempt int,
        file_state text, attempt_state text, ended_at timestamptz, retry_at timestamptz, filesize bigint,
        transferred bigint, tx_duration double precision, throughput double precision, recoverable boolean,
        already_there boolean, mode text, reason text, reason_code text, reason_facts json, file_metadata json)),
    tried as (
      update attempts a set state = o.attempt_state, ended_at = o.ended_at, bytes = o.transferred, mode = o.mode,
        reason_code = o.reason_code, facts = o.reason_facts, reason = o.reason
      from o where a.file_id = o.file_id and a.attempt = o.attempt and a.state = 'ACTIVE')
    update files f set file_state = o.file_state,
      finish_time = case when o.file_state = 'SUBMITTED' then null else o.ended_at end,
      retry = f.retry + case when o.file_state = 'SUBMITTED' then 1 else 0 end,
      retry_at = o.retry_at, waiting_since = case when o.file_state = 'SUBMITTED' then o.ended_at else f.waiting_since end,
      filesize = coalesce(o.filesize, f.filesize), transferred = o.transferred, tx_duration = o.tx_duration,
      throughput = o.throughput, recoverable = o.recoverable, already_there = o.already_there, reason = o.reason,
      reason_code = o.reason_code, reason_facts = o.reason_facts,
      file_metadata = coalesce(o.file_metadata, f.file_metadata),
      sealed_tokens = case when o.file_state = 'SUBMITTED' then f.sealed_tokens end
    from o where f.file_id = o.file_id and f.attempts = o.attempt and f.file_state = 'ACTIVE'
    returning f.file_id`;
  return new Set(rows.map((row) => row.file_id));
};
