import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type HttpStorage, startHttpStorage } from '@leman/protocols/testing';
import { type Rse, rseDirectory } from '../rses/rse-directory.ts';
import { seedFiles, seedRses, seedRule } from '../testing/seed-lake.ts';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';
import { claimDeletable, confirmDeletable } from './claim-deletable.ts';

describe('deletions and rules that come meanwhile', () => {
  let lake: TestLake;
  let storage: HttpStorage;
  let ids: Record<string, string>;
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };

  before(async () => {
    storage = await startHttpStorage();
    lake = await startTestLake({ clock });
    const attributes = { greedyDeletion: 'True' };
    ids = await seedRses(lake.lake, {
      SLOW: { url: `${storage.url}/data`, attributes },
      HERE: { attributes },
      OTHER: {},
    });
  });
  after(async () => {
    await lake.stop();
    await storage.stop();
  });

  const tombstone = (files: readonly number[], rse: string) =>
    lake.lake.sql`
      update replicas set tombstone = '1970-01-01' where did_id = any(${[...files]}::bigint[]) and rse_id = ${ids[rse]!}`;
  const replica = async (did: number, rse: string) =>
    (
      await lake.lake
        .sql`select state, lock_cnt, reason from replicas where did_id = ${did} and rse_id = ${ids[rse]!}`
    )[0];
  const claim = async (rse: Rse) => {
    const target = { rse, mode: 'greedy' as const, needed: 0, free: null, freeFrom: null };
    return await claimDeletable(lake.lake.sql, target, 100, new Date(clock.now()));
  };
  const rseOf = async (name: string) => (await rseDirectory(lake.lake)).byId.get(ids[name]!)!;

  test('at a slow storage no deletion begins long after its claim: a rule that came meanwhile keeps its copy', async () => {
    const files = await seedFiles(lake.lake, 'slow', 40, ids.SLOW);
    await tombstone(files, 'SLOW');
    let wanted = 0;
    const { sql } = lake.lake;
    const asked = new Set<string>();
    let placing: Promise<unknown> | undefined;
    storage.faults.delay = (method, path) => {
      if (method !== 'DELETE') return 0;
      asked.add(path.slice(path.lastIndexOf('/') + 1));
      placing ??= (async () => {
        // Wanted again: a file that waits for its turn.
        const rows = await sql<{ id: number; name: string }[]>`
          select id, name from dids where id = any(${files}::bigint[]) order by id desc`;
        await new Promise((resolve) => setTimeout(resolve, 100));
        wanted = rows.find((row) => !asked.has(row.name))!.id;
        await seedRule(lake.lake, [wanted], ids.SLOW!);
        clock.ahead += 90_000;
      })();
      return asked.size <= 16 ? 1_000 : 0;
    };
    await lake.drain('reaper');
    await placing;
    storage.faults = {};
    const [{ name }] = (await sql`select name from dids where id = ${wanted}`) as [{ name: string }];
    assert.ok(!asked.has(name), 'the file that is wanted again was deleted');
    assert.deepEqual(await replica(wanted, 'SLOW'), { state: 'A', lock_cnt: 1, reason: null });
    const [lock] = await sql`select state from locks where did_id = ${wanted}`;
    assert.equal(lock?.state, 'O');
    assert.equal((await sql`select from requests where did_id = ${wanted}`).count, 0);
    await lake.drain('reaper');
    assert.equal((await sql`select from replicas where rse_id = ${ids.SLOW!}`).count, 1);
  });

  test('a rule on the very copy, between the claim and the look before deleting, keeps it', async () => {
    const [file] = await seedFiles(lake.lake, 'here', 1, ids.HERE);
    await tombstone([file!], 'HERE');
    const rse = await rseOf('HERE');
    const claimed = await claim(rse);
    assert.equal(claimed.length, 1);
    const rule = await seedRule(lake.lake, [file!], ids.HERE!);
    assert.deepEqual(await confirmDeletable(lake.lake.sql, rse.id, claimed, new Date(clock.now())), []);
    assert.deepEqual(await replica(file!, 'HERE'), { state: 'A', lock_cnt: 1, reason: null });
    const [state] = await lake.lake.sql`select state, locks_ok_cnt from rules where id = ${rule}`;
    assert.deepEqual(state, { state: 'O', locks_ok_cnt: 1 });
  });

  test('a copy whose deletion failed, and one that was declared bad, stay while a rule has no other', async () => {
    const { sql } = lake.lake;
    const [failed, bad, free] = await seedFiles(lake.lake, 'last', 3, ids.HERE);
    await tombstone([failed!, bad!, free!], 'HERE');
    await sql`update replicas set state = 'B' where did_id = ${failed!}`;
    await sql`update replicas set state = 'D' where did_id = any(${[bad!, free!]}::bigint[])`;
    await seedRule(lake.lake, [failed!, bad!], ids.OTHER!);
    await lake.drain('reaper');
    assert.deepEqual(await replica(failed!, 'HERE'), { state: 'B', lock_cnt: 0, reason: 'LAST_COPY' });
    assert.deepEqual(await replica(bad!, 'HERE'), { state: 'D', lock_cnt: 0, reason: 'LAST_COPY' });
    assert.equal(await replica(free!, 'HERE'), undefined);
  });

  test('the last copy stays while a rule above is not laid out yet', async () => {
    const { sql } = lake.lake;
    const [wanted, ended] = await seedFiles(lake.lake, 'above', 2, ids.HERE);
    await tombstone([wanted!, ended!], 'HERE');
    await sql`
      with c as (
        insert into dids (scope, name, did_type, account, is_open) values ('test', 'above.c', 'C', 'root', true) returning id
      ), ds as (
        insert into dids (scope, name, did_type, account, is_open)
        values ('test', 'above.d', 'D', 'root', true), ('test', 'above.e', 'D', 'root', true) returning id, name
      ), held as (
        insert into contents (parent_id, child_id)
        select c.id, ds.id from c, ds where ds.name = 'above.d'
        union all select id, case name when 'above.d' then ${wanted!}::bigint else ${ended!}::bigint end from ds
      )
      insert into rules (did_id, scope, name, did_type, account, copies, rse_expression, state, expires_at)
      select c.id, 'test', 'above.c', 'C', 'root', 1, 'OTHER', 'I', null::timestamptz from c
      union all select id, 'test', name, 'D', 'root', 1, 'OTHER', 'O', ${new Date(0)}::timestamptz from ds where name = 'above.e'`;
    await lake.drain('reaper');
    assert.equal((await replica(wanted!, 'HERE'))?.reason, 'LAST_COPY');
    assert.equal(await replica(ended!, 'HERE'), undefined);
  });
});
