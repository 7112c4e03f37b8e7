import { createHash } from 'node:crypto';
import type { Facts } from '@leman/contracts';
import { type Sql, wireIsoDate } from '@leman/foundation';
import type { Scheduler } from '../scheduler/scheduler.ts';
import { waitingReason } from '../scheduler/waiting-reason.ts';
import { wireName } from '../storage-name.ts';

type Json = Record<string, unknown>;

interface Row {
  file_id: number;
  job_id: string;
  file_index: number;
  file_state: string;
  source_se: string;
  dest_se: string;
  source_surl: string;
  dest_surl: string;
  activity: string;
  selection_strategy: string | null;
  user_filesize: number | null;
  checksum: string | null;
  filesize: number | null;
  transferred: number | null;
  scitag: number | null;
  attempts: number;
  retry: number;
  retry_at: Date | null;
  waiting_since: Date;
  start_time: Date | null;
  finish_time: Date | null;
  tx_duration: number | null;
  throughput: number | null;
  recoverable: boolean | null;
  already_there: boolean;
  reason: string | null;
  reason_code: string | null;
  reason_facts: Facts | null;
  file_metadata: unknown;
  staging_metadata: unknown;
  archive_metadata: unknown;
  vo_name: string;
  priority: number;
  tried: Json[] | null;
}

const time = (date: Date | null): string | null => (date ? wireIsoDate(date) : null);
const hashed = (text: string) => createHash('sha1').update(text).digest().readUInt16BE(0);

/**
 * The file document of FTS (reference fts3.md 1.3) with what Leman adds: reason_code, reason_facts, waiting_since,
 * retry_at, already_there, attempts. For a file that waits, the reason is what holds it back at this moment.
 */
const fileDocument = (row: Row, scheduler: Scheduler, host: string): Json => {
  const { tried, ...rest } = row;
  const waiting = row.file_state === 'SUBMITTED' ? waitingReason(scheduler, row) : undefined;
  const moved = row.file_state === 'ACTIVE' ? scheduler.runningBytes(row.file_id) : undefined;
  return {
    ...rest,
    source_se: wireName(row.source_se),
    dest_se: wireName(row.dest_se),
    file_state_initial: 'SUBMITTED',
    staging_host: null,
    transfer_host: row.attempts > 0 ? host : null,
    transferred: moved ?? row.transferred ?? 0,
    start_time: time(row.start_time),
    finish_time: time(row.finish_time),
    archive_start_time: null,
    archive_finish_time: null,
    staging_start: null,
    staging_finished: null,
    pid: null,
    log_file: null,
    log_debug: null,
    bringonline_token: null,
    internal_file_params: null,
    src_token_id: null,
    dst_token_id: null,
    hashed_id: hashed(`${row.job_id}${row.file_index}`),
    dest_surl_uuid: null,
    reason_code: waiting?.code ?? row.reason_code,
    reason_facts: waiting?.facts ?? row.reason_facts,
    waiting_since: row.file_state === 'SUBMITTED' ? wireIsoDate(waiting?.since ?? row.waiting_since) : null,
    retry_at: time(row.retry_at),
    attempts: tried ?? [],
  };
};

/** Files of jobs, in the order of submission. `attempts: false` leaves the list of attempts out. */
export const readFiles = async (
  sql: Sql,
  scheduler: Scheduler,
  which: { jobIds: readonly string[] } | { fileId: number } | { filter: FileFilter },
  options: { host: string; attempts: boolean },
): Promise<Json[]> => {
  const tried = options.attempts
    ? sql`(select json_agg(json_build_object('attempt', a.attempt, 'state', a.state, 'source_surl', a.source_surl, 'mode', a.mode,
        'started_at', to_char(a.started_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS'), 'ended_at', to_char(a.ended_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS'),
        'bytes', a.bytes, 'reason_code', a.reason_code, 'facts', a.facts, 'reason', a.reason) order by a.attempt)
        from attempts a where a.file_id = f.file_id)`
    : sql`null::json`;
  const condition =
    'jobIds' in which
      ? sql`f.job_id = any(${which.jobIds as string[]}::uuid[])`
      : 'fileId' in which
        ? sql`f.file_id = ${which.fileId}`
        : sql`(${which.filter.userDn ?? null}::text is null or j.user_dn = ${which.filter.userDn ?? null})
          and (${which.filter.voName ?? null}::text is null or j.vo_name = ${which.filter.voName ?? null})
          and f.file_state = any(${which.filter.states}::text[])
          and (${which.filter.sourceSe ?? null}::text is null or ${which.filter.sourceSe ?? null} in (f.source_se, regexp_replace(f.source_se, ':\\d+$', '')))
          and (${which.filter.destSe ?? null}::text is null or ${which.filter.destSe ?? null} in (f.dest_se, regexp_replace(f.dest_se, ':\\d+$', '')))
          and (${which.filter.destSurl ?? null}::text is null or f.dest_surl = ${which.filter.destSurl ?? null})
          and (${which.filter.seconds ?? null}::int is null or j.submit_time >= now() - ${which.filter.seconds ?? null}::int * interval '1 second')`;
  const rows = await sql<Row[]>`
    select f.file_id, f.job_id::text as job_id, f.file_index, f.file_state, f.source_se, f.dest_se, f.source_surl, f.dest_surl,
      f.activity, f.selection_strategy, f.user_filesize, f.checksum, f.filesize, f.transferred, f.scitag, f.attempts, f.retry,
      f.retry_at, f.waiting_since, f.start_time, f.finish_time, f.tx_duration, f.throughput, f.recoverable, f.already_there,
      f.reason, f.reason_code, f.reason_facts, f.file_metadata, f.staging_metadata, f.archive_metadata, j.vo_name, j.priority,
      ${tried} as tried
    from files f join jobs j on j.job_id = f.job_id
    where ${condition}
    order by f.file_id
    ${'filter' in which ? sql`limit ${which.filter.limit}` : sql``}`;
  return rows.map((row) => fileDocument(row, scheduler, options.host));
};

export interface FileFilter {
  userDn?: string | undefined;
  voName?: string | undefined;
  states: string[];
  sourceSe?: string | undefined;
  destSe?: string | undefined;
  destSurl?: string | undefined;
  seconds?: number | undefined;
  limit: number;
}
