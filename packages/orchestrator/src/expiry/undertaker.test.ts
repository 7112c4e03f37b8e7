import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { manualClock } from '@leman/foundation';
import { judgeTools, makeWorld, type World } from '../rules/testing.ts';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

describe('the undertaker', () => {
  let lake: TestLake;
  let world: World;
  const clock = manualClock(Date.now());
  before(async () => {
    lake = await startTestLake({ clock });
    world = await makeWorld(lake);
    for (const rse of ['ONE', 'TWO']) await world.addRse(rse);
  });
  after(() => lake.stop());
  const { add, rule } = judgeTools(() => ({ lake, world, clock }));

  test('expired DIDs: rules end, collections are emptied and remembered, files are left to the reaper', async () => {
    const { sql } = lake.lake;
    await world.addFiles('x', ['x1', 'x2'], ['ONE']);
    await world.addCollection('xc', 'C', ['x']);
    const own = await add('x', 'ONE');
    const above = await add('xc', 'ONE');
    const guarded = await add('xc', 'TWO', { locked: true });
    await sql`update dids set expired_at = ${new Date(clock.now() - 1000)} where name in ('x', 'xc', 'x1')`;
    for (let round = 0; round < 3; round++)
      for (const name of ['undertaker', 'judge-cleaner', 'judge-evaluator']) await lake.drain(name);
    assert.equal((await lake.api('GET', `/rules/${own}`)).status, 404);
    assert.equal((await rule(above)).locks_ok_cnt, 0);
    assert.equal((await rule(guarded)).state, 'OK');
    const [deleted] = await sql`select did_type, record->>'name' as name from deleted_dids where name = 'x'`;
    assert.deepEqual({ ...deleted }, { did_type: 'D', name: 'x' });
    assert.equal((await sql`select from contents_history where name = 'x'`).count, 2);
    assert.equal((await sql`select from dids where name = 'xc'`).count, 1);
    const [copy] =
      await sql`select r.lock_cnt, r.tombstone from replicas r where did_id = ${await world.idOf('x1')} and rse_id = ${world.rses.ONE!}`;
    assert.deepEqual({ ...copy }, { lock_cnt: 0, tombstone: new Date(0) });
  });
});
