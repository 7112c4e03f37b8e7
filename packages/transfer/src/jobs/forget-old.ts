import type { Sql } from '@leman/foundation';

const BATCH = 2000;

/** Removes ended jobs and events older than they are kept, a bounded batch. @returns how many rows. */
export const forgetOld = async (sql: Sql, jobsBefore: Date, eventsBefore: Date): Promise<number> => {
  const jobs = await sql`
    delete from jobs where job_id in (select job_id from jobs where job_finished < ${jobsBefore} order by job_finished limit ${BATCH})`;
  // The last event stays: numbers go on from it.
  const events = await sql`
    delete from events where seq in (
      select seq from events where at < ${eventsBefore} and seq < (select max(seq) from events) order by seq limit ${BATCH})`;
  return jobs.count + events.count;
};
