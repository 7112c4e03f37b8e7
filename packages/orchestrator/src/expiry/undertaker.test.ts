import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeSuite } from '../rules/testing.ts';

describe('the undertaker', () => {
  const suite = judgeSuite({ ONE: {}, TWO: {} });
  const { clock, add, rule } = suite;

  test('expired DIDs: rules end, collections are emptied and remembered, files are left to the reaper', async () => {
    const { sql } = suite.lake.lake;
    await suite.world.addFiles('x', ['x1', 'x2'], ['ONE']);
    await suite.world.addCollection('xc', 'C', ['x']);
    const own = await add('x', 'ONE');
    const above = await add('xc', 'ONE');
    const guarded = await add('xc', 'TWO', { locked: true });
    await sql`update dids set expired_at = ${new Date(clock.now() - 1000)} where name in ('x', 'xc', 'x1')`;
    for (let round = 0; round < 3; round++)
      for (const name of ['undertaker', 'judge-cleaner', 'judge-evaluator']) await suite.lake.drain(name);
    assert.equal((await suite.lake.api('GET', `/rules/${own}`)).status, 404);
    assert.equal((await rule(above)).locks_ok_cnt, 0);
    assert.equal((await rule(guarded)).state, 'OK');
    const [deleted] = await sql`select did_type, record->>'name' as name from deleted_dids where name = 'x'`;
    assert.deepEqual({ ...deleted }, { did_type: 'D', name: 'x' });
    assert.equal((await sql`select from contents_history where name = 'x'`).count, 2);
    assert.equal((await sql`select from dids where name = 'xc'`).count, 1);
    const [copy] =
      await sql`select r.lock_cnt, r.tombstone from replicas r where did_id = ${await suite.world.idOf('x1')} and rse_id = ${suite.world.rses.ONE!}`;
    assert.deepEqual({ ...copy }, { lock_cnt: 0, tombstone: new Date(0) });
  });
});
