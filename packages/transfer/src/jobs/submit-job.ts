import { type Sql, sqlState } from '@leman/foundation';
import type { Caller } from '../http/authenticate.ts';
import { conflict } from '../http/fts-error.ts';
import type { QueueEntry } from '../scheduler/queues.ts';
import type { Seal } from '../seal.ts';
import { wireName } from '../storage-name.ts';
import type { NewJob } from './parse-submission.ts';

const onlyOne = (values: string[]): string | null =>
  values.every((value) => value === values[0]) ? (values[0] ?? null) : null;

/** Name that a seal is bound to: a row keeps its tokens even when its id is not known yet. */
export const sealName = (jobId: string, sourceSurl: string, destSurl: string): string =>
  `${jobId} ${sourceSurl} ${destSurl}`;

/**
 * Stores a job with all its files in one statement and gives the files that may start.
 * @throws Duplicate 409 with `job_id` when a job of this id exists: an answer lost on the way loses nothing.
 */
export const submitJob = async (
  sql: Sql,
  seal: Seal,
  caller: Caller,
  job: NewJob,
  now: Date,
  maxQueueSeconds: number,
): Promise<QueueEntry[]> => {
  const queueSeconds = job.max_time_in_queue ?? (maxQueueSeconds || null);
  const files = job.files.map(({ tokens, ...file }) => ({
    ...file,
    sealed:
      seal.close(tokens, sealName(job.job_id, file.source_surl, file.dest_surl))?.toString('base64') ?? null,
  }));
  try {
    const rows = await sql<
      {
        file_id: number;
        file_index: number;
        source_se: string;
        dest_se: string;
        activity: string;
        user_filesize: number | null;
      }[]
    >`
      with job as (
        insert into jobs (job_id, job_type, job_state, user_dn, vo_name, cred_id, priority, retry, retry_delay,
          verify_checksum, overwrite_flag, max_time_in_queue, dst_file_report, submit_time, source_se, dest_se,
          params, job_metadata)
        values (${job.job_id}, ${job.job_type}, 'SUBMITTED', ${caller.user_dn}, ${caller.vos[0]!}, ${caller.cred_id},
          ${job.priority}, ${job.retry}, ${job.retry_delay}, ${job.verify_checksum}, ${job.overwrite_flag},
          ${job.max_time_in_queue}, ${job.dst_file_report}, ${now}, ${onlyOne(job.files.map((file) => wireName(file.source_se)))},
          ${onlyOne(job.files.map((file) => wireName(file.dest_se)))}, ${JSON.stringify(job.params)}::text::json,
          ${job.job_metadata === null ? null : JSON.stringify(job.job_metadata)}::text::json)
        returning job_id, submit_time)
      insert into files (job_id, file_index, file_state, source_se, dest_se, source_surl, dest_surl, activity,
        selection_strategy, user_filesize, checksum, scitag, file_metadata, staging_metadata, archive_metadata,
        sealed_tokens, waiting_since, deadline)
      select job.job_id, f.file_index, f.file_state, f.source_se, f.dest_se, f.source_surl, f.dest_surl, f.activity,
        f.selection_strategy, f.user_filesize, f.checksum, f.scitag, f.file_metadata, f.staging_metadata,
        f.archive_metadata, decode(f.sealed, 'base64'), job.submit_time,
        job.submit_time + ${queueSeconds}::int * interval '1 second'
      from job, json_to_recordset(${JSON.stringify(files)}::text::json) as f (file_index int, file_state text,
        source_se text, dest_se text, source_surl text, dest_surl text, activity text, selection_strategy text,
        user_filesize bigint, checksum text, scitag int, file_metadata json, staging_metadata json,
        archive_metadata json, sealed text)
      returning file_id, file_index, file_state, source_se, dest_se, activity, user_filesize`;
    return rows
      .filter((row) => (row as unknown as { file_state: string }).file_state === 'SUBMITTED')
      .map((row) => ({
        fileId: row.file_id,
        sourceSe: row.source_se,
        destSe: row.dest_se,
        activity: row.activity,
        priority: job.priority,
        size: row.user_filesize ?? 0,
      }));
  } catch (error) {
    if (sqlState(error) === '23505') {
      throw conflict(`The job ${job.job_id} exists already. Ask for its state instead of sending it again.`, {
        job_id: job.job_id,
      });
    }
    throw error;
  }
};
