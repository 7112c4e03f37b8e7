import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { manualClock } from '@leman/foundation';
import { settleLocks } from '../locks/settle-locks.ts';
import { startTestLake, type TestLake, type TestLakeOptions } from '../testing/test-lake.ts';

/** Things that tests of rules need in a lake, made straight in the tables. */
export interface World {
  rses: Record<string, string>;
  addRse(
    name: string,
    options?: { attributes?: Record<string, string>; availability_write?: boolean },
  ): Promise<string>;
  /** A dataset (or the name of one that is there) with files that have copies at the RSEs. Returns ids of the files. */
  addFiles(dataset: string | null, names: string[], at: string[], bytes?: number): Promise<number[]>;
  addCollection(name: string, type: 'D' | 'C', children?: string[]): Promise<number>;
  idOf(name: string): Promise<number>;
}

/** Scope `test` of root. */
export const makeWorld = async ({ lake }: TestLake): Promise<World> => {
  const { sql } = lake;
  await sql`insert into scopes (scope, account) values ('test', 'root') on conflict do nothing`;
  const rses: Record<string, string> = {};
  const world: World = {
    rses,
    async addRse(name, { attributes = {}, availability_write = true } = {}) {
      const [row] = await sql<[{ id: string }]>`
        insert into rses (rse, availability_write) values (${name}, ${availability_write}) returning id`;
      for (const [key, value] of Object.entries({ [name]: 'true', ...attributes })) {
        await sql`insert into rse_attributes (rse_id, key, value) values (${row.id}, ${key}, ${value})`;
      }
      rses[name] = row.id;
      lake.wakeups.wake('rses');
      return row.id;
    },
    async addFiles(dataset, names, at, bytes = 100) {
      const rows = await sql<{ id: number }[]>`
        insert into dids (scope, name, did_type, account, bytes, adler32)
        select 'test', n, 'F', 'root', ${bytes}, '00000001' from unnest(${names}::text[]) n returning id`;
      const ids = rows.map((row) => row.id);
      for (const rse of at) {
        await sql`
          insert into replicas (did_id, rse_id, bytes, state) select id, ${rses[rse]!}, ${bytes}, 'A' from unnest(${ids}::bigint[]) id`;
        await sql`insert into rse_counter_deltas (rse_id, files, bytes) values (${rses[rse]!}, ${ids.length}, ${ids.length * bytes})`;
      }
      if (dataset !== null) {
        const parent = await world.addCollection(dataset, 'D');
        await sql`insert into contents (parent_id, child_id) select ${parent}, id from unnest(${ids}::bigint[]) id`;
        for (const rse of at) {
          await sql`
            insert into collection_replica_deltas (did_id, rse_id, length, bytes, available_length, available_bytes)
            values (${parent}, ${rses[rse]!}, ${ids.length}, ${ids.length * bytes}, ${ids.length}, ${ids.length * bytes})`;
        }
      }
      return ids;
    },
    async addCollection(name, type, children = []) {
      await sql`
        insert into dids (scope, name, did_type, account, is_open) values ('test', ${name}, ${type}, 'root', true)
        on conflict do nothing`;
      const id = await world.idOf(name);
      await sql`
        insert into contents (parent_id, child_id) select ${id}, d.id from dids d where d.scope = 'test' and d.name = any(${children}::text[])
        on conflict do nothing`;
      return id;
    },
    async idOf(name) {
      const [row] = await sql<[{ id: number }]>`select id from dids where scope = 'test' and name = ${name}`;
      return row.id;
    },
  };
  return world;
};

/** The body of POST /rules for one DID of scope test. */
export const wish = (
  name: string,
  expression: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> => ({
  dids: [{ scope: 'test', name }],
  account: 'root',
  copies: 1,
  rse_expression: expression,
  ...more,
});

/**
 * A lake with a clock that stands, some RSEs, and what tests of rules do again and again; call it in `describe`. Lake and
 * world are there once the hooks have run.
 */
export const judgeSuite = (
  rses: Readonly<Record<string, Record<string, string>>>,
  settings: TestLakeOptions['settings'] = {},
) => {
  const clock = manualClock(Date.now());
  let made: { lake: TestLake; world: World };
  before(async () => {
    const lake = await startTestLake({ clock, settings });
    made = { lake, world: await makeWorld(lake) };
    for (const [rse, attributes] of Object.entries(rses)) await made.world.addRse(rse, { attributes });
  });
  after(() => made?.lake.stop());
  const at = () => made;
  const add = async (name: string, expression: string, more: Record<string, unknown> = {}) => {
    const answer = await at().lake.api('POST', '/rules/', wish(name, expression, more));
    assert.equal(answer.status, 201, answer.text);
    return (JSON.parse(answer.text) as string[])[0]!;
  };
  const rule = async (id: string) => (await at().lake.api('GET', `/rules/${id}`)).json;
  const attach = async (parent: string, names: string[]) => {
    const answer = await at().lake.api('POST', `/dids/test/${parent}/dids`, {
      dids: names.map((name) => ({ scope: 'test', name })),
    });
    assert.equal(answer.status, 201, answer.text);
    await at().lake.drain('judge-evaluator');
  };
  const detach = async (parent: string, names: string[]) => {
    const answer = await at().lake.api('DELETE', `/dids/test/${parent}/dids`, {
      dids: names.map((name) => ({ scope: 'test', name })),
    });
    assert.equal(answer.status, 200, answer.text);
    await at().lake.drain('judge-evaluator');
  };
  const locksOf = async (id: string): Promise<string[]> =>
    (await at().lake.api('GET', `/rules/${id}/locks`)).json
      .map((l: { name: string; rse: string }) => `${l.name}@${l.rse}`)
      .sort();
  const update = (id: string, options: Record<string, unknown>) =>
    at().lake.api('PUT', `/rules/${id}`, { options });
  const settle = async (names: string[], rse: string, state: 'O' | 'S') => {
    const { sql } = at().lake.lake;
    const ids = await Promise.all(names.map((name) => at().world.idOf(name)));
    await sql`delete from requests where did_id = any(${ids}::bigint[]) and dest_rse_id = ${at().world.rses[rse]!}`;
    if (state === 'O')
      await sql`update replicas set state = 'A' where did_id = any(${ids}::bigint[]) and rse_id = ${at().world.rses[rse]!}`;
    const why = { reason: 'CHECKSUM_MISMATCH', facts: { destination: rse, detail: 'adler32 differs' } };
    await sql.begin((tx) =>
      settleLocks(
        tx,
        ids.map((did_id) => ({
          did_id,
          rse_id: at().world.rses[rse]!,
          state,
          ...(state === 'S' ? why : {}),
        })),
        new Date(clock.now()),
      ),
    );
  };
  return {
    clock,
    get lake() {
      return made.lake;
    },
    get world() {
      return made.world;
    },
    ...{ add, rule, locksOf, attach, detach, update, settle },
  };
};
