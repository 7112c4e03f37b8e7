import type { Sql } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { type FtsClient, FtsError } from './fts-client.ts';
import { readFileStatus } from './read-outcome.ts';
import { type Outcome, recordOutcomes } from './record-outcomes.ts';

const UNHEARD_MS = 30_000;
const JOBS = 50;
/** Handed to a transfer service that is no longer ours: nobody will tell how it ended. */
const FORGOTTEN_MS = 600_000;

interface Asked {
  id: string;
  external_id: string;
  state: 'G' | 'S';
}

/** Requests at another service than the present one, silent for 10 minutes, are lost. */
const loseForgotten = async (sql: Sql, url: string, now: Date): Promise<number> => {
  const { count } = await sql`
    update requests set state = 'L', reason = 'TRANSFER_LOST', reason_since = ${now}, updated_at = ${now}
    where id in (
      select id from requests
      where state = 'S' and last_processed_at < ${new Date(now.getTime() - FORGOTTEN_MS)}
        and external_host is distinct from ${url} and transfertool is distinct from 'mock'
      order by last_processed_at limit 1000 for update skip locked)`;
  return count;
};

/**
 * Asks in bulk how jobs stand that were not heard of for 30 s, or whose claim ended while they were handed over. A job
 * that the service does not know is lost when it had been taken, and simply queued again when it had not.
 * @returns requests that changed
 */
export const askStates = async (lake: Lake, client: FtsClient, now: Date): Promise<number> => {
  const { sql } = lake;
  const asked = await sql<Asked[]>`
    with jobs as (
      (select external_id from requests
       where state = 'S' and last_processed_at < ${new Date(now.getTime() - UNHEARD_MS)} and external_host = ${client.url}
       order by last_processed_at limit ${JOBS * 4})
      union
      (select external_id from requests
       where state = 'G' and next_attempt_at < ${now} and external_id is not null and external_host = ${client.url}
       order by next_attempt_at limit ${JOBS * 4})
    ),
    mine as materialized (
      select id from requests where external_id in (select external_id from jobs limit ${JOBS}) and state in ('G', 'S')
      for update skip locked
    )
    update requests set last_processed_at = ${now},
      next_attempt_at = ${new Date(now.getTime() + UNHEARD_MS)}
    where id in (select id from mine)
    returning id, external_id, state`;
  const forgotten = await loseForgotten(sql, client.url, now);
  if (asked.length === 0) return forgotten;
  const jobs = new Map<string, Asked[]>();
  for (const request of asked) {
    const same = jobs.get(request.external_id);
    if (same) same.push(request);
    else jobs.set(request.external_id, [request]);
  }
  let states: Awaited<ReturnType<FtsClient['states']>>;
  try {
    states = await client.states([...jobs.keys()]);
  } catch (error) {
    if (!(error instanceof FtsError)) throw error;
    lake.log.warn({ err: error.message }, 'the transfer service does not tell how its jobs stand');
    return forgotten;
  }
  const outcomes: Outcome[] = [];
  const taken: string[] = [];
  const neverTaken: string[] = [];
  const lost = ({ id, external_id }: Asked): Outcome => ({
    request_id: id,
    external_id,
    state: 'L',
    reason: 'TRANSFER_LOST',
    facts: null,
    started_at: null,
    ended_at: null,
  });
  for (const job of states) {
    const ours = jobs.get(job.job_id) ?? [];
    if (job.http_status && !job.http_status.startsWith('2')) {
      if (!job.http_status.startsWith('404')) continue;
      for (const one of ours) {
        if (one.state === 'S') outcomes.push(lost(one));
        else neverTaken.push(one.id);
      }
      continue;
    }
    const byRequest = new Map(
      (job.files ?? []).map((file) => [file.file_metadata?.request_id?.replaceAll('-', ''), file]),
    );
    for (const one of ours) {
      const file = byRequest.get(one.id);
      if (!file) {
        if (job.files) outcomes.push(lost(one));
        continue;
      }
      const outcome = readFileStatus(job.job_id, file);
      if (outcome) outcomes.push(outcome);
      else if (one.state === 'G') taken.push(one.id);
    }
  }
  if (taken.length > 0)
    await sql`update requests set state = 'S', updated_at = ${now} where id = any(${taken}::uuid[]) and state = 'G'`;
  if (neverTaken.length > 0) {
    await sql`
      update requests set state = 'Q', external_id = null, external_host = null, next_attempt_at = ${now}, updated_at = ${now}
      where id = any(${neverTaken}::uuid[]) and state = 'G'`;
    lake.wakeups.wake('conveyor-submitter');
  }
  return (await recordOutcomes(sql, outcomes, now)) + taken.length + neverTaken.length + forgotten;
};
