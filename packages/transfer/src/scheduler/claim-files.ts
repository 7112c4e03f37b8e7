import type { Transaction } from '@leman/foundation';
import { sealName } from '../jobs/submit-job.ts';
import type { Seal } from '../seal.ts';
import type { ActiveFile } from './active-file.ts';

interface Row {
  file_id: number;
  job_id: string;
  attempts: number;
  retry: number;
  job_type: ActiveFile['jobType'];
  job_retry: number;
  retry_delay: number;
  verify_checksum: ActiveFile['verify'];
  overwrite_flag: string | null;
  internal: string | null;
  dst_file_report: boolean;
  priority: number;
  user_dn: string;
  vo_name: string;
  submit_time: Date;
  source_surl: string;
  dest_surl: string;
  source_se: string;
  dest_se: string;
  activity: string;
  user_filesize: number | null;
  checksum: string | null;
  scitag: number | null;
  file_metadata: unknown;
  job_metadata: unknown;
  sealed_tokens: Uint8Array | null;
  first_started: Date;
}

/**
 * Starts files: each gets its next attempt number before any byte moves, which fences what that attempt writes. Files
 * that ended meanwhile are left out. A file that is ACTIVE here was left so by a service that died: only one service
 * works on a database, and the caller never claims what it runs itself.
 */
export const claimFiles = async (
  tx: Transaction,
  seal: Seal,
  fileIds: number[],
  now: Date,
): Promise<ActiveFile[]> => {
  const rows = await tx<Row[]>`
    with claimed as (
      update files f set file_state = 'ACTIVE', attempts = f.attempts + 1, start_time = ${now}, retry_at = null,
        first_started = coalesce(f.first_started, ${now}), reason = null, reason_code = 'TRANSFERRING',
        reason_facts = json_build_object('source', f.source_se)
      from unnest(${fileIds}::bigint[]) as wanted (file_id)
      where f.file_id = wanted.file_id and f.file_state in ('SUBMITTED', 'ACTIVE')
      returning f.*),
    lost as (
      update attempts a set state = 'LOST', ended_at = ${now}, reason_code = 'TRANSFER_LOST',
        reason = 'The service was restarted during this attempt; what it left is examined by the next one.'
      from claimed c where a.file_id = c.file_id and a.state = 'ACTIVE'),
    started as (
      insert into attempts (file_id, attempt, state, source_surl, started_at)
      select file_id, attempts, 'ACTIVE', source_surl, ${now} from claimed),
    moving as (
      update jobs j set job_state = 'ACTIVE'
      where j.job_state = 'SUBMITTED' and j.job_id in (select job_id from claimed))
    select c.file_id, c.job_id::text as job_id, c.attempts, c.retry, j.job_type, j.retry as job_retry, j.retry_delay,
      j.verify_checksum, j.overwrite_flag, j.params ->> 'internal_job_params' as internal, j.dst_file_report, j.priority,
      j.user_dn, j.vo_name, j.submit_time, c.source_surl, c.dest_surl, c.source_se, c.dest_se, c.activity,
      c.user_filesize, c.checksum, c.scitag, c.file_metadata, j.job_metadata, c.sealed_tokens, c.first_started
    from claimed c join jobs j on j.job_id = c.job_id
    order by c.file_id`;
  return rows.map((row) => {
    const tokens = seal.open(row.sealed_tokens, sealName(row.job_id, row.source_surl, row.dest_surl));
    return {
      fileId: row.file_id,
      jobId: row.job_id,
      attempt: row.attempts,
      retry: row.retry,
      jobType: row.job_type,
      jobRetry: row.job_retry,
      retryDelay: row.retry_delay,
      verify: row.verify_checksum,
      overwriteFlag: row.overwrite_flag,
      disableCleanup: row.internal?.includes('disable-cleanup') ?? false,
      dstFileReport: row.dst_file_report,
      priority: row.priority,
      userDn: row.user_dn,
      voName: row.vo_name,
      submitTime: row.submit_time,
      source: row.source_surl,
      destination: row.dest_surl,
      sourceSe: row.source_se,
      destSe: row.dest_se,
      activity: row.activity,
      size: row.user_filesize ?? undefined,
      checksum: row.checksum ?? undefined,
      scitag: row.scitag ?? undefined,
      fileMetadata: row.file_metadata,
      jobMetadata: row.job_metadata,
      sourceToken: tokens.source,
      destinationToken: tokens.destination,
      firstStarted: row.first_started,
      startedBefore: row.attempts > 1,
      startedAt: now,
      abort: new AbortController(),
      mode: undefined,
      bytes: 0,
      refused: false,
    };
  });
};
