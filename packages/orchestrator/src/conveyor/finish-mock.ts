import type { Sql } from '@leman/foundation';

const BATCH = 2_000;

/** Ends what the mock transfer tool carries: at once, always well. One statement per batch; returns how many. */
export const finishMock = async (sql: Sql, now: Date): Promise<number> => {
  const { count } = await sql`
    update requests set state = 'D', started_at = submitted_at, transferred_at = ${now}, last_processed_at = ${now},
      updated_at = ${now}
    where id in (
      select id from requests where state = 'S' and transfertool = 'mock' limit ${BATCH} for update skip locked)`;
  return count;
};
