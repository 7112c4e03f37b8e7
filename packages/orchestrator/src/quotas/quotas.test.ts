import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { rseDirectory } from '../rses/rse-directory.ts';
import { startTestLake, type TestAnswer, type TestLake } from '../testing/test-lake.ts';
import { checkQuota } from './check-quota.ts';

const refused = (answer: TestAnswer, status: number, name: string) => {
  assert.equal(answer.json?.ExceptionClass, name, answer.text);
  assert.equal(answer.status, status);
};

describe('quotas', () => {
  let t: TestLake;
  let plain: { token: string };
  const ids: Record<string, string> = {};
  before(async () => {
    t = await startTestLake();
    plain = await t.newAccount('plain');
    for (const [rse, country] of [
      ['FR-1', 'fr'],
      ['FR-2', 'fr'],
      ['DE-1', 'de'],
    ] as const) {
      await t.api('POST', `/rses/${rse}`, {});
      await t.api('POST', `/rses/${rse}/attr/country`, { value: country });
      ids[rse] = (await t.api('GET', `/rses/${rse}`)).json.id;
    }
  });
  after(() => t.stop());
  const use = (rse: string, bytes: number) =>
    t.lake
      .sql`insert into account_usage_deltas (account, rse_id, files, bytes) values ('plain', ${ids[rse]!}, 1, ${bytes})`;

  it('are set, shown and removed per RSE', async () => {
    const url = '/accounts/plain/limits/local/FR-1';
    assert.deepEqual((await t.api('GET', url)).json, { 'FR-1': null });
    assert.equal((await t.api('POST', url, { bytes: 100 })).text, 'Created');
    assert.equal(
      (await t.api('POST', '/accounts/plain/limits/local/DE-1', { bytes: 'infinity' })).status,
      201,
    );
    const all = await t.api('GET', '/accounts/plain/limits');
    assert.match(all.text, /"DE-1":\s?Infinity/);
    assert.deepEqual(all.json, { 'FR-1': 100, 'DE-1': Number.POSITIVE_INFINITY });
    assert.deepEqual((await t.api('GET', '/accounts/plain/limits/local')).json, all.json);
    assert.deepEqual((await t.api('GET', '/accounts/plain/limits/FR-1')).json, { 'FR-1': 100 });
    assert.equal((await t.api('POST', '/accountlimits/plain/FR-2', { bytes: 5 })).status, 201);
    assert.equal((await t.api('DELETE', '/accountlimits/local/plain/FR-2')).status, 200);
    assert.deepEqual((await t.api('GET', '/accounts/plain/limits')).json, all.json);
  });

  it('are set, shown and removed per expression', async () => {
    const url = `/accounts/plain/limits/global/${encodeURIComponent('country=fr')}`;
    assert.equal((await t.api('POST', url, { bytes: 150 })).status, 201);
    assert.deepEqual((await t.api('GET', url)).json, { 'country=fr': 150 });
    assert.deepEqual((await t.api('GET', '/accounts/plain/limits/global')).json, {
      'country=fr': {
        resolved_rses: ['FR-1', 'FR-2'],
        resolved_rse_ids: [ids['FR-1'], ids['FR-2']],
        limit: 150,
      },
    });
    assert.deepEqual((await t.api('GET', '/accounts/plain/limits/global/FR-1')).json, { 'FR-1': null });
    refused(
      await t.api('POST', '/accounts/plain/limits/global/NOPE', { bytes: 1 }),
      400,
      'InvalidRSEExpression',
    );
    assert.equal((await t.api('POST', '/accountlimits/global/plain/DE-1', { bytes: -1 })).status, 201);
    assert.equal((await t.api('DELETE', '/accounts/plain/limits/global/DE-1')).status, 200);
  });

  it('refuse bad input', async () => {
    const url = '/accounts/plain/limits/local/FR-1';
    for (const bytes of ['many', -2, 1.5, 1e300, {}, true])
      refused(await t.api('POST', url, { bytes }), 400, 'TypeError');
    refused(await t.api('POST', url, {}), 400, 'KeyError');
    refused(await t.api('POST', '/accounts/plain/limits/local/NOPE', { bytes: 1 }), 404, 'RSENotFound');
    refused(await t.api('POST', '/accounts/nobody/limits/local/FR-1', { bytes: 1 }), 404, 'AccountNotFound');
    refused(await t.api('DELETE', '/accounts/nobody/limits/local/FR-1'), 404, 'AccountNotFound');
    refused(await t.api('GET', '/accounts/nobody/limits'), 404, 'AccountNotFound');
    assert.deepEqual((await t.api('GET', url)).json, { 'FR-1': 100 });
  });

  it('are set by administrators of the lake or of the country', async () => {
    const chief = await t.newAccount('chief');
    await t.api('POST', '/accounts/chief/attr/country-fr', { value: 'admin' });
    const set = (who: { token: string }, path: string) =>
      t.api('POST', `/accounts/plain/limits/${path}`, { bytes: 100 }, who);
    refused(await set(plain, 'local/FR-1'), 401, 'AccessDenied');
    assert.equal((await set(chief, 'local/FR-1')).status, 201);
    refused(await set(chief, 'local/DE-1'), 401, 'AccessDenied');
    refused(await set(chief, 'global/FR-1%7CDE-1'), 401, 'AccessDenied');
    refused(await set(plain, 'global/FR-1'), 401, 'AccessDenied');
    refused(
      await t.api('DELETE', '/accounts/plain/limits/local/FR-1', undefined, plain),
      401,
      'AccessDenied',
    );
    assert.equal((await t.api('GET', '/accounts/plain/usage', undefined, chief)).status, 200);
  });

  it('are shown with what is used, base and changes summed', async () => {
    await t.lake
      .sql`insert into account_usage (account, rse_id, files, bytes) values ('plain', ${ids['FR-1']!}, 2, 30)`;
    await use('FR-1', 10);
    await use('FR-2', 60);
    const one = {
      rse_id: ids['FR-1'],
      rse: 'FR-1',
      bytes: 40,
      files: 3,
      bytes_limit: 100,
      bytes_remaining: 60,
    };
    const all = await t.api('GET', '/accounts/plain/usage/local', undefined, plain);
    assert.equal(all.headers.get('content-type'), 'application/x-json-stream');
    const infinite = Number.POSITIVE_INFINITY;
    assert.deepEqual(all.json, [
      {
        rse_id: ids['DE-1'],
        rse: 'DE-1',
        bytes: 0,
        files: 0,
        bytes_limit: infinite,
        bytes_remaining: infinite,
      },
      one,
      { rse_id: ids['FR-2'], rse: 'FR-2', bytes: 60, files: 1, bytes_limit: 0, bytes_remaining: -60 },
    ]);
    assert.deepEqual((await t.api('GET', '/accounts/plain/usage/local/FR-1')).json, [one]);
    assert.deepEqual((await t.api('GET', '/accounts/plain/usage/')).json, all.json);
    const group = {
      rse_expression: 'country=fr',
      bytes: 100,
      files: 4,
      bytes_limit: 150,
      bytes_remaining: 50,
    };
    assert.deepEqual((await t.api('GET', '/accounts/plain/usage/global')).json, [group]);
    assert.deepEqual(
      (await t.api('GET', `/accounts/plain/usage/global/${encodeURIComponent('country=fr')}`)).json,
      [group],
    );
    assert.deepEqual((await t.api('GET', '/accounts/plain/usage/global/FR-2')).json[0].bytes_remaining, -60);
    await t.lake.sql`
      insert into account_usage_history (account, rse_id, files, bytes, updated_at)
      values ('plain', ${ids['FR-1']!}, 1, 7, '2026-01-02T03:04:05Z')`;
    assert.deepEqual((await t.api('GET', '/accounts/plain/usage/history/FR-1')).json, [
      { bytes: 7, files: 1, updated_at: '2026-01-02T03:04:05' },
    ]);
    refused(await t.api('GET', '/accounts/root/usage', undefined, plain), 401, 'AccessDenied');
    refused(await t.api('GET', '/accounts/nobody/usage'), 404, 'AccountNotFound');
    refused(await t.api('GET', '/accounts/plain/usage/NOPE'), 404, 'RSENotFound');
  });

  it('decide where there is room, and say why not', async () => {
    const check = async (account: string, bytes: number | ReadonlyMap<string, number>) => {
      const directory = await rseDirectory(t.lake);
      const {
        rses,
        refused: why,
        left,
      } = await checkQuota(t.lake.sql, directory, account, directory.all, bytes);
      return {
        rses: rses.map(({ rse }) => rse),
        why,
        left: Object.fromEntries(directory.all.map((r) => [r.rse, left.get(r.id)])),
      };
    };
    const small = await check('plain', 10);
    assert.deepEqual(small.rses, ['DE-1', 'FR-1']);
    assert.deepEqual(small.why, [{ rse: 'FR-2', kind: 'none', limit: 0, used: 60, needed: 10 }]);
    assert.deepEqual(small.left, { 'DE-1': Number.POSITIVE_INFINITY, 'FR-1': 50, 'FR-2': -60 });
    const big = await check('plain', 55);
    assert.deepEqual(big.rses, ['DE-1']);
    assert.deepEqual(big.why[0], {
      rse: 'FR-1',
      kind: 'global',
      rse_expression: 'country=fr',
      limit: 150,
      used: 100,
      needed: 55,
    });
    assert.deepEqual((await check('plain', new Map([[ids['FR-1']!, 61]]))).why[0]!.kind, 'local');
    await t.api('PUT', '/rses/DE-1/limits', { name: 'MaxSpaceAvailable', value: 500 });
    await t.lake.sql`insert into rse_counter_deltas (rse_id, files, bytes) values (${ids['DE-1']!}, 1, 450)`;
    assert.deepEqual((await check('plain', 51)).why[0], {
      rse: 'DE-1',
      kind: 'space',
      limit: 500,
      used: 450,
      needed: 51,
    });
    assert.deepEqual((await check('root', 10 ** 15)).rses, ['DE-1', 'FR-1', 'FR-2']);
    await t.newAccount('helper', { admin: true });
    assert.deepEqual((await check('helper', 10 ** 15)).rses, ['DE-1', 'FR-1', 'FR-2']);
    await t.api('POST', '/rses/FR-2/attr/mock', { value: true });
    assert.deepEqual((await check('plain', 10 ** 12)).rses, ['FR-2']);
    assert.deepEqual((await check('stranger', 0)).rses, ['FR-2']);
  });
});
