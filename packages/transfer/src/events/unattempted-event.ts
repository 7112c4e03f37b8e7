import { wireName } from '../storage-name.ts';

/** A file that ended without an attempt running to its end, with what is known of its job. */
export interface UnattemptedFile {
  file_id: number;
  job_id: string;
  source_surl: string;
  dest_surl: string;
  source_se: string;
  dest_se: string;
  file_metadata: unknown;
  job_metadata: unknown;
  vo_name: string;
}

/** The columns of an UnattemptedFile, `files f` joined with `jobs j`. */
export const unattemptedColumns = `f.file_id, f.job_id::text as job_id, f.source_surl, f.dest_surl, f.source_se, f.dest_se,
  f.file_metadata, j.job_metadata, j.vo_name`;

/**
 * FTS's `complete` message of such a file (reference fts3.md 2.5).
 * @param how one word for the id of the transfer
 * @param outcome what differs: error code and message, states, reason
 */
export const unattemptedEvent = (
  row: UnattemptedFile,
  how: string,
  now: Date,
  outcome: Readonly<Record<string, unknown>>,
): Record<string, unknown> => ({
  kind: 'complete',
  tr_id: `${now.toISOString().slice(0, 16).replace(/[T:]/g, '-')}__${how}__${row.file_id}__${row.job_id}`,
  job_id: row.job_id,
  file_id: row.file_id,
  vo: row.vo_name,
  src_url: row.source_surl,
  dst_url: row.dest_surl,
  src_se: wireName(row.source_se),
  dst_se: wireName(row.dest_se),
  tr_timestamp_start: 0,
  tr_timestamp_complete: now.getTime(),
  job_state: 'UNKNOWN',
  is_archiving: false,
  file_metadata: row.file_metadata,
  job_metadata: row.job_metadata,
  ...outcome,
});
