import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeWorld, type World, wish } from '../rules/testing.ts';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

describe('listing dataset locks', () => {
  let lake: TestLake;
  let world: World;
  before(async () => {
    lake = await startTestLake();
    world = await makeWorld(lake);
    await world.addRse('ONE');
    await world.addFiles('l1', ['l11'], ['ONE']);
    await world.addFiles('l2', ['l21'], ['ONE']);
    await world.addCollection('lc', 'C', ['l1', 'l2']);
    assert.equal((await lake.api('POST', '/rules', wish('lc', 'ONE'))).status, 201);
  });
  after(() => lake.stop());

  test('by RSE, by name, by container and in bulk', async () => {
    const names = (answer: { json: { name: string }[] }) => answer.json.map((lock) => lock.name).sort();
    const one = await lake.api('GET', '/locks/test/l1?did_type=dataset');
    assert.equal(one.headers.get('content-type'), 'application/x-json-stream');
    const { rule_id, ...lock } = one.json[0];
    assert.match(rule_id, /^[0-9a-f]{32}$/);
    assert.deepEqual(lock, {
      rse_id: world.rses.ONE,
      rse: 'ONE',
      scope: 'test',
      name: 'l1',
      account: 'root',
      state: 'OK',
      length: null,
      bytes: null,
      accessed_at: null,
    });
    assert.deepEqual(names(await lake.api('GET', '/locks/test/lc')), ['l1', 'l2']);
    assert.deepEqual(names(await lake.api('GET', '/locks/ONE?did_type=dataset')), ['l1', 'l2']);
    const bulk = {
      dids: [
        { scope: 'test', name: 'l2', type: 'dataset' },
        { scope: 'test', name: 'lc' },
        { scope: 'test', name: 'none' },
      ],
    };
    assert.deepEqual(names(await lake.api('POST', '/locks/bulk_locks_for_dids', bulk)), ['l1', 'l2']);
    assert.deepEqual((await lake.api('GET', '/locks/test/none')).json, []);
  });

  test('bad input is refused', async () => {
    const refused = async (method: string, path: string, body: unknown, status: number, name: string) => {
      const answer = await lake.api(method, path, body);
      assert.deepEqual([answer.status, answer.headers.get('exceptionclass')], [status, name], path);
    };
    await refused('GET', '/locks/NOWHERE?did_type=dataset', undefined, 404, 'RSENotFound');
    await refused('GET', '/locks/ONE?did_type=file', undefined, 400, 'ValueError');
    await refused('POST', '/locks/bulk_locks_for_dids', {}, 400, 'KeyError');
    await refused('POST', '/locks/bulk_locks_for_dids', { dids: 'x' }, 400, 'ValueError');
    await refused('POST', '/locks/bulk_locks_for_dids', { dids: [{ scope: 1 }] }, 400, 'ValueError');
    await refused('POST', '/locks/bulk_locks_for_dids', 'x', 400, 'ValueError');
    assert.equal((await lake.api('GET', '/locks/ONE', undefined, { token: null })).status, 400);
  });
});
