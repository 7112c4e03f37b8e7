import type { Transaction } from '@leman/foundation';

const FAILED_REASON = 'One or more files failed. Please have a look at the details for more information';

/**
 * Brings the state of jobs in line with their files, in the words of FTS: N and Y end FINISHED, FINISHEDDIRTY, FAILED
 * or CANCELED by what all files came to; R ends with its first success; H ends with its first failure. Jobs that
 * ended keep no token.
 * @returns the state now, by job id.
 */
export const recomputeJobs = async (
  tx: Transaction,
  jobIds: string[],
  now: Date,
): Promise<Map<string, string>> => {
  const rows = await tx<{ job_id: string; job_state: string }[]>`
    with counted as (
      select f.job_id, count(*) as total,
        count(*) filter (where f.file_state = 'FINISHED') as finished,
        count(*) filter (where f.file_state = 'FAILED') as failed,
        count(*) filter (where f.file_state = 'CANCELED') as canceled,
        count(*) filter (where f.file_state in ('SUBMITTED', 'ACTIVE')) as open,
        count(*) filter (where f.attempts > 0) as tried
      from files f where f.job_id = any(${jobIds}::uuid[]) group by f.job_id),
    decided as (
      select c.job_id, case
        when j.cancel_job and c.open = 0 then 'CANCELED'
        when j.job_type = 'R' and c.finished > 0 then 'FINISHED'
        when j.job_type = 'H' and c.failed > 0 then 'FAILED'
        when c.open > 0 then case when c.tried > 0 then 'ACTIVE' else 'SUBMITTED' end
        when c.finished = c.total then 'FINISHED'
        when c.finished > 0 and j.job_type <> 'H' then 'FINISHEDDIRTY'
        when c.failed > 0 then 'FAILED'
        when c.canceled > 0 then 'CANCELED'
        else 'ACTIVE' end as job_state
      from counted c join jobs j on j.job_id = c.job_id),
    ended as (
      update jobs j set job_state = d.job_state,
        job_finished = case when d.job_state in ('SUBMITTED', 'ACTIVE') then null else ${now} end,
        reason = case when d.job_state in ('FAILED', 'FINISHEDDIRTY') then ${FAILED_REASON}
          when d.job_state = 'CANCELED' then 'Job canceled by the user' end
      from decided d where d.job_id = j.job_id and j.job_state <> d.job_state and j.job_finished is null
      returning j.job_id, j.job_state, j.job_finished),
    erased as (
      update files f set sealed_tokens = null
      from ended e where f.job_id = e.job_id and e.job_finished is not null and f.file_state = 'NOT_USED' and f.sealed_tokens is not null)
    select job_id::text as job_id, job_state from decided`;
  return new Map(rows.map((row) => [row.job_id, row.job_state]));
};
