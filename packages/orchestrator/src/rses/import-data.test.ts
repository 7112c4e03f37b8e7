import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestLake, type TestAnswer, type TestLake } from '../testing/test-lake.ts';

const refused = (answer: TestAnswer, status: number, name: string) => {
  assert.equal(answer.json?.ExceptionClass, name, answer.text);
  assert.equal(answer.status, status);
};

describe('export and import', () => {
  let t: TestLake;
  let other: TestLake;
  before(async () => {
    [t, other] = await Promise.all([startTestLake(), startTestLake()]);
    for (const rse of ['SITE-A', 'SITE-B'])
      await t.api('POST', `/rses/${rse}`, { city: `at ${rse}`, country_name: 'CH' });
    await t.api('POST', '/rses/SITE-A/attr/tier', { value: 1 });
    await t.api('POST', '/rses/SITE-A/protocols/https', {
      hostname: 'a.example',
      port: 443,
      prefix: '/a',
      impl: 'rucio.rse.protocols.webdav.Default',
      domains: { wan: { read: 1, write: null } },
      extended_attributes: { k: 'v' },
    });
    await t.api('PUT', '/rses/SITE-A/limits', { name: 'MinFreeSpace', value: 77 });
    await t.api('POST', '/rses/SITE-A/distances/SITE-B', { distance: 4 });
  });
  after(() => Promise.all([t.stop(), other.stop()]));

  const withoutIds = (text: string) =>
    JSON.parse(text, (key, value) =>
      ['id', 'src_rse_id', 'dest_rse_id', 'created_at', 'updated_at'].includes(key) ? undefined : value,
    );

  it('carry RSEs from one lake to another', async () => {
    const exported = await t.api('GET', '/export');
    assert.equal(exported.status, 200);
    assert.equal(exported.json.rses['SITE-A'].MinFreeSpace, 77);
    assert.equal(exported.json.distances['SITE-A']['SITE-B'].distance, 4);
    assert.equal((await t.api('GET', '/export?distance=False')).json.distances, undefined);
    const imported = await other.api('POST', '/import', exported.text);
    assert.equal(imported.text, 'Created');
    assert.equal(imported.status, 201);
    const there = withoutIds((await other.api('GET', '/export')).text);
    const here = withoutIds(exported.text);
    for (const rse of Object.values(here.rses) as { attributes: Record<string, unknown> }[]) {
      Object.assign(rse.attributes, { lfn2pfn_algorithm: 'hash', verify_checksum: true });
    }
    assert.deepEqual(there, here);
    assert.equal((await other.api('POST', '/import', exported.text)).status, 201, 'again');
    assert.deepEqual(withoutIds((await other.api('GET', '/export')).text), here);
  });

  it('change what is there, bring back what was deleted, and remove nothing', async () => {
    await other.api('DELETE', '/rses/SITE-B');
    const body = { rses: { 'SITE-A': { country_name: 'FR', attributes: { tier: 2 } }, 'SITE-B': {} } };
    assert.equal((await other.api('POST', '/import', body)).status, 201);
    const attributes = (await other.api('GET', '/rses/SITE-A/attr')).json;
    assert.deepEqual([attributes.country_name, attributes.tier, attributes.city], ['FR', '2', 'at SITE-A']);
    assert.equal((await other.api('GET', '/rses/SITE-A')).json.protocols.length, 1);
    assert.equal((await other.api('GET', '/rses/SITE-B')).status, 200);
    assert.deepEqual((await other.api('GET', '/rses?expression=SITE-B')).json, [{ rse: 'SITE-B' }]);
  });

  it('make accounts with their identities', async () => {
    const accounts = [
      {
        account: 'ana',
        email: 'ana@example.org',
        identities: [
          { type: 'USERPASS', identity: 'ana', password: 'p' },
          { type: 'x509', identity: 'CN=Ana' },
        ],
      },
      { account: 'bob', email: null },
    ];
    assert.equal((await other.api('POST', '/import', { accounts })).status, 201);
    assert.equal((await other.api('GET', '/accounts/ana/identities')).json.length, 2);
    const login = await other.api('GET', '/auth/userpass', undefined, {
      token: null,
      headers: { 'x-rucio-username': 'ana', 'x-rucio-password': 'p' },
    });
    assert.equal(login.status, 200);
    refused(await other.api('POST', '/import', { accounts: [{ account: 'a b' }] }), 400, 'InvalidObject');
    refused(
      await other.api('POST', '/import', {
        accounts: [{ account: 'c', identities: [{ type: 'USERPASS', identity: 'c' }] }],
      }),
      400,
      'IdentityError',
    );
    assert.equal((await other.api('GET', '/accounts/c')).status, 404);
  });

  it('take all or nothing', async () => {
    const before = (await other.api('GET', '/export')).text;
    const good = { city: 'Elsewhere' };
    const post = (body: unknown) => other.api('POST', '/import', body);
    refused(await post({ rses: { 'SITE-A': good, lower: {} } }), 400, 'InvalidObject');
    refused(await post({ rses: { 'SITE-A': { ...good, latitude: 'x' } } }), 400, 'InvalidObject');
    refused(await post({ rses: { 'SITE-A': { ...good, attributes: { 'a b': 1 } } } }), 400, 'InvalidObject');
    refused(
      await post({ rses: { 'SITE-A': { ...good, protocols: [{ scheme: 'x' }] } } }),
      400,
      'InvalidObject',
    );
    refused(await post({ rses: [] }), 400, 'InvalidObject');
    refused(await post({ rses: { 'SITE-A': 5 } }), 400, 'InvalidObject');
    refused(
      await post({ rses: { 'SITE-A': good }, distances: { 'SITE-A': { NOPE: { distance: 1 } } } }),
      404,
      'RSENotFound',
    );
    refused(
      await post({ rses: { 'SITE-A': good }, distances: { 'SITE-A': { 'SITE-B': {} } } }),
      400,
      'InvalidObject',
    );
    refused(await post({ rses: { 'SITE-A': good }, accounts: {} }), 400, 'InvalidObject');
    refused(await post('nonsense'), 400, 'ValueError');
    assert.equal((await other.api('GET', '/export')).text, before);
  });
});
