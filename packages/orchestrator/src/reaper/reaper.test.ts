import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { seedFiles, seedRses, seedRule } from '../testing/seed-lake.ts';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

describe('reaper', () => {
  let lake: TestLake;
  let ids: Record<string, string>;

  before(async () => {
    lake = await startTestLake();
    ids = await seedRses(lake.lake, {
      GREEDY: { attributes: { greedyDeletion: 'True' } },
      CACHE: {},
      CAREFUL: { attributes: { greedyDeletion: 'True', maxDeletionShare: '0.5' } },
      TARGET: {},
      BROKEN: { url: 'http://127.0.0.1:9/data', attributes: { greedyDeletion: 'True' } },
      SHUT: { attributes: { greedyDeletion: 'True' } },
    });
  });
  after(() => lake.stop());

  const tombstone = (files: readonly number[], rse: string, at: string) =>
    lake.lake.sql`
      update replicas set tombstone = ${at}::timestamptz + did_id * interval '1 ms'
      where did_id = any(${[...files]}::bigint[]) and rse_id = ${ids[rse]!}`;
  const left = async (rse: string) =>
    (await lake.lake.sql`select from replicas where rse_id = ${ids[rse]!}`).count;

  test('greedy: what has its tombstone goes, with counters, DIDs and events; the rest stays', async () => {
    const { sql } = lake.lake;
    const files = await seedFiles(lake.lake, 'greedy', 1500, ids.GREEDY);
    await tombstone(files.slice(0, 1400), 'GREEDY', '2026-01-01');
    await lake.drain('reaper');
    assert.equal(await left('GREEDY'), 100);
    const [counter] = await sql`select files, bytes from rse_counters_now where rse_id = ${ids.GREEDY!}`;
    assert.deepEqual(counter, { files: 100, bytes: 1000 });
    assert.equal((await sql`select from messages where event_type = 'deletion-done'`).count, 1400);
    assert.equal((await sql`select from dids where name like 'greedy.%'`).count, 100);
  });

  test('an unusual share: where one is set, the storage closes itself for deletion until somebody opens it', async () => {
    const files = await seedFiles(lake.lake, 'careful', 100, ids.CAREFUL);
    await tombstone(files.slice(0, 50), 'CAREFUL', '2026-01-01');
    await lake.drain('reaper');
    assert.equal(await left('CAREFUL'), 50);
    await tombstone(files.slice(50, 76), 'CAREFUL', '2026-01-01');
    await lake.drain('reaper');
    assert.equal(await left('CAREFUL'), 50);
    const plan = await lake.api('GET', '/reaper/plan?rse=CAREFUL');
    assert.equal(
      plan.json.explanation,
      'CAREFUL closed itself for deletion: 26 of its 50 copies are to be deleted, more than 50 %.',
    );
    assert.equal((await lake.api('PUT', '/rses/CAREFUL', { availability_delete: true })).status, 201);
    await lake.drain('reaper');
    assert.equal(await left('CAREFUL'), 24);
  });

  test('watermark: nothing with room, else the oldest up to the target and not a file more; the plan says so first', async () => {
    const { sql } = lake.lake;
    const files = await seedFiles(lake.lake, 'cache', 50, ids.CACHE);
    await tombstone(files, 'CACHE', '2026-01-01');
    await sql`insert into rse_usage (rse_id, source, used, free) values (${ids.CACHE!}, 'storage', 500, 100)`;
    await lake.drain('reaper');
    assert.equal(await left('CACHE'), 50);
    await sql`insert into rse_limits (rse_id, name, value) values (${ids.CACHE!}, 'MinFreeSpace', 195)`;
    lake.lake.wakeups.wake('rses');
    const plan = await lake.api('GET', '/reaper/plan?rse=CACHE');
    assert.equal(plan.status, 200);
    assert.deepEqual(
      { mode: plan.json.mode, needed: plan.json.needed, files: plan.json.files, bytes: plan.json.bytes },
      { mode: 'watermark', needed: 95, files: 10, bytes: 100 },
    );
    assert.equal(plan.json.first[0].name, 'cache.0');
    await lake.drain('reaper');
    assert.equal(await left('CACHE'), 40);
    assert.equal(
      (await sql`select from replicas where did_id = any(${files.slice(0, 10)}::bigint[])`).count,
      0,
    );
    const [usage] = await sql`select used, free from rse_usage where rse_id = ${ids.CACHE!}`;
    assert.deepEqual(usage, { used: 400, free: 200 });
    await tombstone(files.slice(45), 'CACHE', '1970-01-01');
    await lake.drain('reaper');
    assert.equal(await left('CACHE'), 35);
  });

  test('the last copy of a wanted file, the source of a transfer and a copy in the making are kept, with the reason', async () => {
    const { sql } = lake.lake;
    const [last, source] = await seedFiles(lake.lake, 'kept', 2, ids.GREEDY);
    await seedRule(lake.lake, [last!, source!], ids.TARGET!);
    await sql`insert into replicas (did_id, rse_id, bytes, state) values (${source!}, ${ids.CACHE!}, 10, 'A')`;
    await sql`update requests set state = 'S', source_rse_id = ${ids.GREEDY!}, external_id = 'x' where did_id = ${source!}`;
    await tombstone([last!, source!], 'GREEDY', '2026-01-01');
    await sql`update replicas set lock_cnt = 0, tombstone = '1970-01-01' where rse_id = ${ids.TARGET!}`;
    await lake.drain('reaper');
    const kept = await sql`
      select did_id, state, reason from replicas where did_id = any(${[last!, source!]}::bigint[]) and rse_id = ${ids.GREEDY!} order by did_id`;
    assert.deepEqual(
      [...kept],
      [
        { did_id: last!, state: 'A', reason: 'LAST_COPY' },
        { did_id: source!, state: 'A', reason: 'SOURCE_IN_USE' },
      ],
    );
    assert.equal(await left('TARGET'), 2);
    const plan = await lake.api('GET', '/reaper/plan?rse=TARGET');
    assert.equal(plan.json.files, 0);
  });

  test('two storages never give up the two last copies of a wanted file', async () => {
    const { sql } = lake.lake;
    const files = await seedFiles(lake.lake, 'pair', 200, ids.GREEDY);
    await sql`
      insert into replicas (did_id, rse_id, bytes, state, tombstone)
      select id, ${ids.SHUT!}::uuid, 10, 'A', '2026-01-01' from unnest(${files}::bigint[]) id`;
    await seedRule(lake.lake, files, ids.TARGET!);
    await tombstone(files, 'GREEDY', '2026-01-01');
    await Promise.all([lake.drain('reaper'), lake.drain('reaper')]);
    const [copies] = await sql`
      select count(*) as copies, count(distinct did_id) as files from replicas
      where did_id = any(${files}::bigint[]) and state = 'A'`;
    assert.deepEqual(copies, { copies: 200, files: 200 });
  });

  test('a storage that does not answer keeps the reason and holds up no other; a closed one is not touched', async () => {
    const { sql } = lake.lake;
    const broken = await seedFiles(lake.lake, 'broken', 30, ids.BROKEN);
    await tombstone(broken, 'BROKEN', '2026-01-01');
    const fine = await seedFiles(lake.lake, 'fine', 5, ids.GREEDY);
    await tombstone(fine, 'GREEDY', '2026-01-01');
    await sql`update rses set availability_delete = false where rse = 'SHUT'`;
    lake.lake.wakeups.wake('rses');
    const shut = await seedFiles(lake.lake, 'shut', 5, ids.SHUT);
    await tombstone(shut, 'SHUT', '2026-01-01');
    await lake.drain('reaper');
    assert.equal((await sql`select from replicas where did_id = any(${fine}::bigint[])`).count, 0);
    assert.equal(
      (await sql`select from replicas where did_id = any(${shut}::bigint[]) and state = 'A'`).count,
      5,
    );
    const [failed] = await sql`
      select count(*) as files, min(state) as state, min(reason) as reason, bool_and(deletion_after > now()) as waits
      from replicas where did_id = any(${broken}::bigint[])`;
    assert.deepEqual(failed, { files: 30, state: 'B', reason: 'DELETION_FAILED', waits: true });
    const plan = await lake.api('GET', '/reaper/plan?rse=SHUT');
    assert.equal(plan.json.closed, true);
  });

  test('bad input for the plan', async () => {
    assert.equal((await lake.api('GET', '/reaper/plan')).json.ExceptionClass, 'MissingParameter');
    const unknown = await lake.api('GET', "/reaper/plan?rse=NOT'THERE");
    assert.deepEqual([unknown.status, unknown.json.ExceptionClass], [404, 'RSENotFound']);
    assert.equal((await lake.api('GET', '/reaper/plan?rse=CACHE', undefined, { token: null })).status, 400);
  });
});
