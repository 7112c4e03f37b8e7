import type { Sql } from '@leman/foundation';

const CHUNK = 20_000;

/**
 * Folds the oldest deltas of the files and bytes of accounts into their base, one chunk, one statement: what a reader
 * sums (base + deltas) is the same before and after. Several may run at once.
 * @returns deltas folded
 */
export const foldAccountUsage = async (sql: Sql, now: Date): Promise<number> => {
  const [row] = await sql<{ folded: number }[]>`
    with gone as (
      delete from account_usage_deltas where id in (
        select id from account_usage_deltas order by id limit ${CHUNK} for update skip locked)
      returning account, rse_id, files, bytes
    ), folded as (
      insert into account_usage as u (account, rse_id, files, bytes, updated_at)
      select account, rse_id, sum(files), sum(bytes), ${now} from gone group by account, rse_id order by account, rse_id
      on conflict (account, rse_id) do update
      set files = u.files + excluded.files, bytes = u.bytes + excluded.bytes, updated_at = excluded.updated_at
    )
    select count(*) as folded from gone`;
  return row!.folded;
};

/** The same for the replicas of each RSE. */
export const foldRseCounters = async (sql: Sql, now: Date): Promise<number> => {
  const [row] = await sql<{ folded: number }[]>`
    with gone as (
      delete from rse_counter_deltas where id in (
        select id from rse_counter_deltas order by id limit ${CHUNK} for update skip locked)
      returning rse_id, files, bytes
    ), folded as (
      insert into rse_counters as c (rse_id, files, bytes, updated_at)
      select rse_id, sum(files), sum(bytes), ${now} from gone group by rse_id order by rse_id
      on conflict (rse_id) do update
      set files = c.files + excluded.files, bytes = c.bytes + excluded.bytes, updated_at = excluded.updated_at
    )
    select count(*) as folded from gone`;
  return row!.folded;
};

/** The same for the copies of datasets; a copy of which nothing is left loses its row. */
export const foldCollectionReplicas = async (sql: Sql, now: Date): Promise<number> => {
  const [row] = await sql<{ folded: number }[]>`
    with gone as (
      delete from collection_replica_deltas where id in (
        select id from collection_replica_deltas order by id limit ${CHUNK} for update skip locked)
      returning did_id, rse_id, length, bytes, available_length, available_bytes
    ), folded as (
      insert into collection_replicas as c
        (did_id, rse_id, length, bytes, available_length, available_bytes, created_at, updated_at)
      select did_id, rse_id, sum(length), sum(bytes), sum(available_length), sum(available_bytes), ${now}, ${now}
      from gone group by did_id, rse_id order by did_id, rse_id
      on conflict (did_id, rse_id) do update
      set length = c.length + excluded.length, bytes = c.bytes + excluded.bytes,
          available_length = c.available_length + excluded.available_length,
          available_bytes = c.available_bytes + excluded.available_bytes, updated_at = excluded.updated_at
      returning did_id, rse_id, length, bytes
    )
    select (select count(*) from gone) as folded,
      coalesce((select array_agg(did_id) from folded where length = 0 and bytes = 0), '{}') as empty`;
  const { folded, empty } = row as unknown as { folded: number; empty: number[] };
  if (empty.length > 0) {
    await sql`
      delete from collection_replicas
      where did_id = any(${empty}::bigint[]) and length = 0 and bytes = 0 and available_length = 0 and available_bytes = 0`;
  }
  return folded;
};
