import type { Lake } from '../lake.ts';
import { countLocks } from '../locks/count-locks.ts';
import { placeLocks } from '../locks/place-locks.ts';

export interface SeedRse {
  /** Scheme, host, port of its one protocol; `mock://name.example.org` when left out. */
  url?: string;
  attributes?: Record<string, string>;
  deterministic?: boolean;
}

/** Storages, all connected with distance 1, straight into the tables; ids by name. */
export const seedRses = async (
  lake: Lake,
  rses: Record<string, SeedRse>,
): Promise<Record<string, string>> => {
  const { sql } = lake;
  const ids: Record<string, string> = {};
  for (const [
    rse,
    { url = `mock://${rse.toLowerCase()}.example.org/data`, attributes = {}, deterministic = true },
  ] of Object.entries(rses)) {
    const [row] = await sql<
      { id: string }[]
    >`insert into rses (rse, deterministic) values (${rse}, ${deterministic}) returning id`;
    ids[rse] = row!.id;
    const [, scheme, host, port, prefix] = /^(\w+):\/\/([^:/]+)(?::(\d+))?(\/.*)?$/.exec(url)!;
    await sql`
      insert into rse_protocols (rse_id, scheme, hostname, port, prefix, impl, read_lan, write_lan, delete_lan, read_wan, write_wan,
        delete_wan, third_party_copy_read, third_party_copy_write)
      values (${row!.id}, ${scheme!}, ${host!}, ${Number(port ?? 0)}, ${prefix ?? '/'}, 'test', 1, 1, 1, 1, 1, 1, 1, 1)`;
    for (const [key, value] of Object.entries(attributes)) {
      await sql`insert into rse_attributes (rse_id, key, value) values (${row!.id}, ${key}, ${value})`;
    }
  }
  await sql`
    insert into distances (src_rse_id, dest_rse_id, distance)
    select a.id, b.id, 1 from rses a, rses b where a.id <> b.id on conflict do nothing`;
  lake.wakeups.wake('rses');
  return ids;
};

/** Files `prefix.0`, `prefix.1`, ... of the scope `test`, with available copies at an RSE (none: no copies). */
export const seedFiles = async (
  lake: Lake,
  prefix: string,
  count: number,
  rseId?: string,
  options: { bytes?: number; adler32?: string } = {},
): Promise<number[]> => {
  const { sql } = lake;
  const { bytes = 10, adler32 = '00000001' } = options;
  await sql`insert into scopes (scope, account) values ('test', 'root') on conflict do nothing`;
  const rows = await sql<{ id: number }[]>`
    insert into dids (scope, name, did_type, account, bytes, adler32)
    select 'test', ${prefix} || '.' || i, 'F', 'root', ${bytes}, ${adler32} from generate_series(0, ${count - 1}) i
    order by i returning id`;
  const ids = rows.map((row) => row.id);
  if (rseId) {
    const now = new Date(lake.clock.now());
    await sql`
      with made as (
        insert into replicas (did_id, rse_id, bytes, state, created_at, updated_at)
        select id, ${rseId}::uuid, ${bytes}, 'A', ${now}, ${now} from unnest(${ids}::bigint[]) id returning rse_id, bytes
      )
      insert into rse_counter_deltas (rse_id, files, bytes) select rse_id, count(*), sum(bytes) from made group by rse_id`;
  }
  return ids;
};

/** A rule that wants these files at an RSE; its locks and requests placed. */
export const seedRule = async (
  lake: Lake,
  didIds: readonly number[],
  rseId: string,
  priority = 3,
): Promise<string> => {
  const [row] = await lake.sql<{ id: string }[]>`
    insert into rules (did_id, scope, name, did_type, account, copies, rse_expression, state, priority)
    select id, scope, name, did_type, 'root', 1, ${rseId} || ${String(Math.random())}, 'R', ${priority} from dids where id = ${didIds[0]!}
    returning id`;
  const rule = {
    id: row!.id,
    account: 'root',
    activity: 'User Subscriptions',
    priority,
    source_replica_expression: null,
  };
  const now = new Date(lake.clock.now());
  for (let from = 0; from < didIds.length; from += 5_000) {
    const part = didIds.slice(from, from + 5_000).map((did_id) => ({ did_id, rse_id: rseId }));
    await lake.sql.begin(async (tx) => {
      const placed = await placeLocks(tx, rule, part, { now });
      await countLocks(
        tx,
        [{ rule_id: rule.id, ok: placed.ok, replicating: placed.replicating, stuck: placed.stuck }],
        now,
      );
    });
  }
  return rule.id;
};
