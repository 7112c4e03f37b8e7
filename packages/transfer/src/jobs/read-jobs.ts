import type { Sql } from '@leman/foundation';
import { wireIsoDate } from '@leman/foundation';
import type { Caller } from '../http/authenticate.ts';

type Json = Record<string, unknown>;

const time = (date: Date | null | undefined): string | null => (date ? wireIsoDate(date) : null);

interface JobRow extends Json {
  job_id: string;
  user_dn: string;
  job_state: string;
  submit_time: Date;
  job_finished: Date | null;
  params: Json;
}

/** The job document of FTS (reference fts3.md 1.3). */
const jobDocument = ({ params, ...row }: JobRow, host: string): Json => ({
  ...row,
  submit_time: time(row.submit_time),
  job_finished: time(row.job_finished),
  submit_host: host,
  bring_online: params.bring_online,
  copy_pin_lifetime: params.copy_pin_lifetime,
  archive_timeout: params.archive_timeout,
  source_spacetoken: params.source_spacetoken,
  destination_spacetoken: params.destination_spacetoken,
  internal_job_params: params.internal_job_params,
  os_project_id: null,
  target_qos: null,
});

const columns = [
  'job_id::text as job_id',
  'job_type',
  'job_state',
  'user_dn',
  'vo_name',
  'cred_id',
  'priority',
  'retry',
  'retry_delay',
  'verify_checksum',
  'overwrite_flag',
  'max_time_in_queue',
  'dst_file_report',
  'cancel_job',
  'submit_time',
  'job_finished',
  'source_se',
  'dest_se',
  'reason',
  'params',
  'job_metadata',
].join(', ');

/** Jobs by id, in no order; ids that are none are simply not there. */
export const readJobs = async (sql: Sql, jobIds: readonly string[], host: string): Promise<Json[]> => {
  const known = jobIds.filter((id) => /^[0-9a-f-]{32,36}$/i.test(id));
  if (!known.length) return [];
  const rows = await sql<
    JobRow[]
  >`select ${sql.unsafe(columns)} from jobs where job_id = any(${known}::uuid[])`;
  return rows.map((row) => jobDocument(row, host));
};

export interface JobFilter {
  user_dn?: string | undefined;
  vo_name?: string | undefined;
  dlg_id?: string | undefined;
  states?: string[] | undefined;
  source_se?: string | undefined;
  dest_se?: string | undefined;
  seconds?: number | undefined;
  limit: number;
}

/** Jobs of a filter, newest first; those of others are left out for callers that are no administrators. */
export const listJobs = async (
  sql: Sql,
  filter: JobFilter,
  caller: Caller,
  host: string,
): Promise<Json[]> => {
  const rows = await sql<JobRow[]>`
    select ${sql.unsafe(columns)} from jobs
    where (${caller.admin} or user_dn = ${caller.user_dn})
      ${filter.user_dn === undefined ? sql`` : sql`and user_dn = ${filter.user_dn}`}
      ${filter.vo_name === undefined ? sql`` : sql`and vo_name = ${filter.vo_name}`}
      ${filter.dlg_id === undefined ? sql`` : sql`and cred_id = ${filter.dlg_id}`}
      ${filter.states ? sql`and job_state = any(${filter.states}::text[])` : sql`and job_finished is null`}
      ${filter.source_se === undefined ? sql`` : sql`and source_se = ${filter.source_se}`}
      ${filter.dest_se === undefined ? sql`` : sql`and dest_se = ${filter.dest_se}`}
      ${filter.seconds === undefined ? sql`` : sql`and submit_time >= now() - ${filter.seconds}::int * interval '1 second'`}
    order by submit_time desc limit ${filter.limit}`;
  return rows.map((row) => jobDocument(row, host));
};
