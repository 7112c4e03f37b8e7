import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestLake, type TestAnswer, type TestLake } from '../testing/test-lake.ts';

const refused = (answer: TestAnswer, status: number, name: string) => {
  assert.equal(answer.json?.ExceptionClass, name, answer.text);
  assert.equal(answer.status, status);
};

describe('RSEs over REST', () => {
  let t: TestLake;
  let plain: { token: string };
  before(async () => {
    t = await startTestLake();
    plain = await t.newAccount('plain');
    for (const rse of ['SITE-A', 'SITE-B']) assert.equal((await t.api('POST', `/rses/${rse}`)).status, 201);
  });
  after(() => t.stop());

  it('are made, shown and listed', async () => {
    const made = await t.api('POST', '/rses/NEW_1', {
      rse_type: 'TAPE',
      deterministic: false,
      city: 'Geneva',
      ISP: 'GEANT',
      latitude: '46.2',
      longitude: 6,
      availability: 5,
    });
    assert.equal(made.status, 201);
    assert.equal(made.text, 'Created');
    const { json } = await t.api('GET', '/rses/NEW_1');
    const { id, ...shown } = json;
    assert.match(id, /^[0-9a-f]{32}$/);
    assert.deepEqual(shown, {
      availability: 5,
      availability_delete: true,
      availability_read: true,
      availability_write: false,
      credentials: null,
      deterministic: false,
      domain: ['lan', 'wan'],
      lfn2pfn_algorithm: 'hash',
      protocols: [],
      qos_class: null,
      rse: 'NEW_1',
      rse_type: 'TAPE',
      sign_url: null,
      staging_area: false,
      verify_checksum: true,
      volatile: false,
    });
    const list = await t.api('GET', '/rses/');
    assert.equal(list.headers.get('content-type'), 'application/x-json-stream');
    const line = list.json.find((one: { rse: string }) => one.rse === 'NEW_1');
    assert.equal(line.city, 'Geneva');
    assert.equal(line.latitude, 46.2);
    assert.equal(line.vo, 'def');
    assert.match(line.created_at, / UTC$/);
    assert.deepEqual((await t.api('GET', '/rses?expression=city%3DGeneva%7CSITE-A')).json, [
      { rse: 'NEW_1' },
      { rse: 'SITE-A' },
    ]);
    assert.deepEqual((await t.api('GET', '/rses/NEW_1/attr/')).json, {
      lfn2pfn_algorithm: 'hash',
      verify_checksum: true,
      NEW_1: true,
      city: 'Geneva',
      ISP: 'GEANT',
    });
    refused(await t.api('GET', '/rses?expression=NOPE'), 400, 'InvalidRSEExpression');
    refused(await t.api('GET', '/rses?expression=A%7C'), 400, 'InvalidRSEExpression');
    refused(await t.api('GET', '/rses/NOPE'), 404, 'RSENotFound');
  });

  it('refuse bad input and change nothing', async () => {
    const count = async () => (await t.api('GET', '/rses')).json.length;
    const before = await count();
    for (const name of ['lower', 'A__B', 'A-', '-A', 'A B', 'A/B', 'É', 'A'.repeat(256)]) {
      refused(await t.api('POST', `/rses/${encodeURIComponent(name)}`, {}), 400, 'InvalidObject');
    }
    for (const body of [
      { deterministic: 'perhaps' },
      { city: 5 },
      { city: 'x'.repeat(256) },
      { latitude: 91 },
      { longitude: 'east' },
      { latitude: null, longitude: [] },
      { rse_type: 'DVD' },
      { availability: 8 },
      { availability: '7' },
    ]) {
      refused(await t.api('POST', '/rses/NEW_2', body), 400, 'InvalidObject');
    }
    refused(
      await t.api('POST', '/rses/NEW_2', { availability: 7, availability_read: true }),
      422,
      'InputValidationError',
    );
    refused(await t.api('POST', '/rses/NEW_2', '[]'), 400, 'TypeError');
    refused(await t.api('POST', '/rses/NEW_2', { city: 'a\u0000b' }), 400, 'ValueError');
    refused(await t.api('POST', '/rses/SITE-A', {}), 409, 'Duplicate');
    assert.equal(await count(), before);
  });

  it('are changed, renamed and deleted; the tag follows the name', async () => {
    await t.api('POST', '/rses/OLD', { city: 'Bern' });
    const put = (body: unknown, name = 'OLD') => t.api('PUT', `/rses/${name}`, body);
    assert.equal((await put({ availability_write: false, city: 'Basel', qos_class: 'FAST' })).status, 201);
    assert.deepEqual((await t.api('GET', '/rses?expression=city%3DBasel')).json, [{ rse: 'OLD' }]);
    assert.equal((await t.api('GET', '/rses/OLD')).json.qos_class, 'FAST');
    assert.equal((await put({ qos_class: null })).status, 201);
    assert.equal((await t.api('GET', '/rses/OLD')).json.qos_class, null);
    refused(await put({ city: 'Lugano', color: 'red' }), 400, 'InputValidationError');
    refused(await put({ name: 'A B' }), 400, 'InvalidObject');
    refused(await put({ name: 'SITE-A' }), 409, 'Duplicate');
    refused(await put({ city: 'x' }, 'NOPE'), 404, 'RSENotFound');
    assert.equal((await t.api('GET', '/rses/OLD/attr')).json.city, 'Basel');
    assert.equal((await put({ name: 'renamed-OLD' })).status, 201);
    const attributes = (await t.api('GET', '/rses/renamed-OLD/attr')).json;
    assert.equal(attributes['renamed-OLD'], true);
    assert.equal(attributes.OLD, undefined);
    refused(await t.api('GET', '/rses/OLD'), 404, 'RSENotFound');
    assert.equal((await t.api('DELETE', '/rses/renamed-OLD')).status, 200);
    refused(await t.api('DELETE', '/rses/renamed-OLD'), 404, 'RSENotFound');
    assert.equal((await t.api('POST', '/rses/AGAIN')).status, 201);
    assert.equal((await t.api('DELETE', '/rses/AGAIN')).status, 200);
    assert.equal((await t.api('POST', '/rses/AGAIN')).status, 201, 'the name is free again');
  });

  it('are not deleted while they hold replicas', async () => {
    await t.lake.sql`insert into scopes (scope, account) values ('full', 'root')`;
    await t.lake.sql`
      with d as (insert into dids (scope, name, did_type, account, bytes) values ('full', 'f', 'F', 'root', 1) returning id)
      insert into replicas (did_id, rse_id, bytes, state, path)
      select d.id, r.id, 1, 'A', 'some/path' from d, rses r where rse = 'NEW_1'`;
    refused(await t.api('DELETE', '/rses/NEW_1'), 404, 'RSEOperationNotSupported');
    assert.equal((await t.api('GET', '/rses/NEW_1')).status, 200);
  });

  it('carry attributes', async () => {
    const set = (key: string, value: unknown) =>
      t.api('POST', `/rses/SITE-A/attr/${encodeURIComponent(key)}`, { value });
    for (const [value, shown] of [
      ['True', true],
      [false, false],
      [7, '7'],
      ['text', 'text'],
    ] as const) {
      assert.equal((await set('k', value)).status, 201);
      assert.equal((await t.api('GET', '/rses/SITE-A/attr')).json.k, shown);
    }
    for (const bad of [null, {}, [1], 'x'.repeat(256)]) refused(await set('k', bad), 400, 'InvalidObject');
    refused(await set('a b', 'v'), 400, 'InvalidObject');
    refused(await t.api('POST', '/rses/SITE-A/attr/k', {}), 400, 'KeyError');
    refused(await t.api('POST', '/rses/NOPE/attr/k', { value: 'v' }), 404, 'RSENotFound');
    assert.equal((await t.api('GET', '/rses/SITE-A/attr')).json.k, 'text');
    assert.equal((await t.api('DELETE', '/rses/SITE-A/attr/k')).status, 200);
    refused(await t.api('DELETE', '/rses/SITE-A/attr/k'), 404, 'RSEAttributeNotFound');
  });

  it('carry limits, policies and reported usage', async () => {
    assert.equal(
      (await t.api('PUT', '/rses/SITE-A/limits', { name: 'MinFreeSpace', value: '1000' })).status,
      200,
    );
    assert.deepEqual((await t.api('GET', '/rses/SITE-A/limits')).json, { MinFreeSpace: 1000 });
    refused(
      await t.api('PUT', '/rses/SITE-A/limits', { name: 'MinFreeSpace', value: 'much' }),
      400,
      'TypeError',
    );
    refused(
      await t.api('PUT', '/rses/SITE-A/limits', { name: 'MinFreeSpace', value: 1e300 }),
      400,
      'TypeError',
    );
    refused(await t.api('PUT', '/rses/SITE-A/limits', { value: 1 }), 400, 'KeyError');
    assert.equal((await t.api('DELETE', '/rses/SITE-A/limits', { name: 'MinFreeSpace' })).status, 200);
    assert.deepEqual((await t.api('GET', '/rses/SITE-A/limits')).json, {});

    assert.equal((await t.api('POST', '/rses/SITE-A/qos_policy/FAST')).status, 201);
    refused(await t.api('POST', '/rses/SITE-A/qos_policy/FAST'), 409, 'Duplicate');
    assert.deepEqual((await t.api('GET', '/rses/SITE-A/qos_policy')).json, ['FAST']);
    assert.equal((await t.api('DELETE', '/rses/SITE-A/qos_policy/FAST')).status, 200);

    const report = { source: 'storage', used: 60, free: 40 };
    assert.equal((await t.api('PUT', '/rses/SITE-A/usage', report)).status, 200);
    assert.equal((await t.api('PUT', '/rses/SITE-A/usage', { ...report, free: 30, files: 5 })).status, 200);
    refused(await t.api('PUT', '/rses/SITE-A/usage', { ...report, used: -1 }), 400, 'TypeError');
    refused(await t.api('PUT', '/rses/SITE-A/usage', { ...report, source: 'rucio' }), 400, 'InvalidObject');
    refused(await t.api('PUT', '/rses/SITE-A/usage', { source: 'x' }), 400, 'KeyError');
    await t.lake
      .sql`insert into rse_counters (rse_id, files, bytes) select id, 2, 100 from rses where rse = 'SITE-A'`;
    await t.lake
      .sql`insert into rse_counter_deltas (rse_id, files, bytes) select id, 1, 50 from rses where rse = 'SITE-A'`;
    const usage = (await t.api('GET', '/rses/SITE-A/usage')).json.map(
      ({ updated_at: _u, rse_id: _i, ...one }: Record<string, unknown>) => one,
    );
    assert.deepEqual(usage, [
      { source: 'rucio', used: 150, free: null, files: 3, total: 150, rse: 'SITE-A' },
      { source: 'storage', used: 60, free: 30, files: 5, total: 90, rse: 'SITE-A' },
    ]);
    assert.equal((await t.api('GET', '/rses/SITE-A/usage?source=storage')).json.length, 1);
    const history = (await t.api('GET', '/rses/SITE-A/usage/history')).json;
    assert.deepEqual(
      history.map((one: { free: number }) => one.free),
      [30, 40],
    );
    await t.lake
      .sql`insert into account_usage_deltas (account, rse_id, files, bytes) select 'plain', id, 1, 75 from rses where rse = 'SITE-A'`;
    const [rucio] = (await t.api('GET', '/rses/SITE-A/usage?per_account=True&source=rucio')).json;
    assert.deepEqual(rucio.account_usages, [{ used: 75, account: 'plain', percentage: 50 }]);
    refused(await t.api('GET', '/rses/SITE-A/usage?per_account=maybe'), 400, 'TypeError');
    const perAccount = await t.api('GET', '/rses/SITE-A/accounts/usage');
    assert.equal(perAccount.headers.get('content-type'), 'application/json');
    const line = perAccount.text
      .split('\n')
      .map((text) => text && JSON.parse(text))
      .find((one) => one.account === 'plain');
    assert.deepEqual([line.used_files, line.used_bytes, line.quota_bytes], [1, 75, null]);
  });

  it('are at distances', async () => {
    const url = '/rses/SITE-A/distances/SITE-B';
    assert.equal((await t.api('POST', url, { distance: 3, bidirectional: true })).status, 201);
    const [one] = (await t.api('GET', url)).json;
    assert.equal(one.distance, 3);
    assert.equal(one.ranking, 3);
    assert.equal(one.src_rse, 'SITE-A');
    refused(await t.api('POST', url, { distance: 1 }), 409, 'Duplicate');
    await t.api('DELETE', url);
    refused(await t.api('POST', url, { distance: 1, bidirectional: true }), 409, 'Duplicate');
    assert.deepEqual((await t.api('GET', url)).json, [], 'nothing of it was done');
    assert.equal((await t.api('POST', url, { ranking: 2 })).status, 201);
    assert.equal((await t.api('PUT', url, { distance: 9, bidirectional: true })).status, 200);
    assert.equal((await t.api('GET', '/rses/SITE-B/distances/SITE-A')).json[0].distance, 9);
    assert.equal(
      (await t.api('POST', '/rses/SITE-A/distances/SITE-A', {})).status,
      201,
      'the field needs no distance',
    );
    for (const distance of ['near', -1, 1.5, 2 ** 31])
      refused(await t.api('PUT', url, { distance }), 400, 'TypeError');
    refused(await t.api('PUT', url, {}), 400, 'KeyError');
    refused(await t.api('GET', '/rses/SITE-A/distances/NOPE'), 404, 'RSENotFound');
    const gone = await t.api('DELETE', `${url}?bidirectional=True`);
    assert.equal(gone.text, 'Deleted');
    assert.deepEqual((await t.api('GET', '/rses/SITE-B/distances/SITE-A')).json, []);
  });

  it('are changed by administrators only', async () => {
    for (const [method, path, body] of [
      ['POST', '/rses/NEW_3', {}],
      ['PUT', '/rses/SITE-A', { city: 'x' }],
      ['DELETE', '/rses/SITE-A', undefined],
      ['POST', '/rses/SITE-A/attr/k', { value: 'v' }],
      ['DELETE', '/rses/SITE-A/attr/SITE-A', undefined],
      ['PUT', '/rses/SITE-A/limits', { name: 'a', value: 1 }],
      ['DELETE', '/rses/SITE-A/limits', { name: 'a' }],
      ['PUT', '/rses/SITE-A/usage', { source: 's', used: 1 }],
      ['POST', '/rses/SITE-A/qos_policy/X', undefined],
      ['DELETE', '/rses/SITE-A/qos_policy/X', undefined],
      ['POST', '/rses/SITE-A/distances/SITE-B', { distance: 1 }],
      ['PUT', '/rses/SITE-A/distances/SITE-B', { distance: 1 }],
      ['DELETE', '/rses/SITE-A/distances/SITE-B', undefined],
      ['POST', '/rses/SITE-A/protocols/https', { impl: 'x' }],
      ['PUT', '/rses/SITE-A/protocols/https', { impl: 'x' }],
      ['DELETE', '/rses/SITE-A/protocols/https', undefined],
      ['GET', '/export', undefined],
      ['POST', '/import', { rses: {} }],
    ] as const) {
      refused(await t.api(method, path, body, plain), 401, 'AccessDenied');
    }
  });
});
