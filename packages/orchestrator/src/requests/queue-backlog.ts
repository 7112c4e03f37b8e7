import type { Sql } from '@leman/foundation';

const COUNTED = 100_000;

/** Rows that wait for each daemon, counted up to 100,000; by the daemon's name. One statement over partial indexes. */
export const queueBacklog = async (sql: Sql, now: Date): Promise<Record<string, number>> => {
  const rows = await sql<{ daemon: string; waiting: number }[]>`
    select 'judge-evaluator' as daemon, (select count(*) from (select from updated_dids limit ${COUNTED}) x) as waiting
    union all select 'judge-injector', (select count(*) from (select from rules where state = 'I' limit ${COUNTED}) x)
    union all select 'judge-repairer', (select count(*) from (select from rules where state = 'S' limit ${COUNTED}) x)
    union all select 'judge-cleaner', (select count(*) from (select from rules where expires_at <= ${now} limit ${COUNTED}) x)
    union all select 'undertaker', (select count(*) from (select from dids where expired_at <= ${now} limit ${COUNTED}) x)
    union all select 'conveyor-submitter', (select count(*) from (select from requests where state = 'Q' limit ${COUNTED}) x)
    union all select 'conveyor-finisher', (select count(*) from (
      select from requests where state in ('D', 'F', 'L', 'A', 'M') limit ${COUNTED}) x)
    union all select 'conveyor-canceler', (select count(*) from (select from requests where state = 'U' limit ${COUNTED}) x)
    union all select 'reaper', (select count(*) from (
      select from replicas where lock_cnt = 0 and tombstone is not null and tombstone <= ${now} limit ${COUNTED}) x)
    union all select 'abacus', (select count(*) from (
      (select from account_usage_deltas limit ${COUNTED}) union all (select from rse_counter_deltas limit ${COUNTED})
      union all (select from collection_replica_deltas limit ${COUNTED})) x)`;
  return Object.fromEntries(rows.map((row) => [row.daemon, row.waiting]));
};
