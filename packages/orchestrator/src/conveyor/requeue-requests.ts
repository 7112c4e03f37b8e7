import type { Queryable, Sql } from '@leman/foundation';

const BATCH = 5_000;

/** Claims that ended before a job was made: back to the queue. (Those with a job are asked for by the poller.) */
export const requeueExpiredClaims = async (sql: Sql, now: Date): Promise<number> => {
  const { count } = await sql`
    update requests set state = 'Q', next_attempt_at = ${now}, updated_at = ${now}
    where id in (
      select id from requests where state = 'G' and next_attempt_at < ${now} and external_id is null
      order by next_attempt_at limit ${BATCH} for update skip locked)`;
  return count;
};

/**
 * Waiting requests whose time has come, those last looked at before the storages changed (`changedAt`), and those for which a copy became available since they were last looked at.
 * (A copy may be committed a while after the time it bears, hence half a minute of overlap.)
 * For the latter at most 5,000 are looked at per call, in the order of id from `after` on.
 * @returns how many are due now, and where to go on
 */
export const requeueWaiting = async (
  sql: Sql,
  now: Date,
  after: string | null,
  changedAt: Date | null,
): Promise<{ requeued: number; after: string | null }> => {
  const [row] = await sql<{ requeued: number; after: string | null }[]>`
    with due as (
      (select id from requests where state in ('N', 'W') and next_attempt_at <= ${now}
       order by next_attempt_at limit ${BATCH})
      union all
      (select id from requests where state in ('N', 'W') and last_processed_at < ${changedAt} limit ${BATCH})
    ),
    part as materialized (
      select id, did_id, dest_rse_id, last_processed_at from requests
      where state in ('N', 'W') and (${after}::uuid is null or id > ${after}::uuid)
      order by id limit ${BATCH}
    ),
    fed as (
      select id from part p where exists (
        select from replicas r where r.did_id = p.did_id and r.state = 'A' and r.updated_at > p.last_processed_at - interval '30 seconds'
          and r.rse_id <> p.dest_rse_id)
    ),
    mine as materialized (
      select id from requests where id in (select id from due union select id from fed) and state in ('N', 'W')
      for update skip locked
    ),
    back as (
      update requests set state = 'Q', next_attempt_at = ${now}, updated_at = ${now} where id in (select id from mine)
      returning id
    )
    select (select count(*) from back) as requeued,
      case when (select count(*) from part) = ${BATCH} then (select id from part order by id desc limit 1) end as after`;
  return row!;
};

/** Requests for these files that wait for a source: one has just arrived. */
export const requeueFed = async (sql: Queryable, didIds: readonly number[], now: Date): Promise<number> => {
  const { count } = await sql`
    update requests set state = 'Q', next_attempt_at = ${now}, updated_at = ${now}
    where did_id = any(${[...didIds]}::bigint[]) and state = 'N'`;
  return count;
};
