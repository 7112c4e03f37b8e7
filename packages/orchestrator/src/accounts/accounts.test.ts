import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestLake, type TestAnswer, type TestLake } from '../testing/test-lake.ts';

describe('accounts and what belongs to them', () => {
  let t: TestLake;
  let plain: { token: string };
  before(async () => {
    t = await startTestLake();
    plain = await t.newAccount('plain');
  });
  after(() => t.stop());

  const refused = (answer: TestAnswer, status: number, name: string) => {
    assert.equal(answer.json?.ExceptionClass, name, answer.text);
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
  };

  describe('accounts', () => {
    it('are made, shown, listed, changed and deleted', async () => {
      const made = await t.api('POST', '/accounts/ana', { type: 'user', email: 'ana@example.org' });
      assert.equal(made.status, 201);
      assert.equal(made.text, 'Created');
      const { json } = await t.api('GET', '/accounts/ana');
      assert.deepEqual(Object.keys(json).sort(), [
        'account',
        'account_type',
        'created_at',
        'deleted_at',
        'email',
        'status',
        'suspended_at',
        'updated_at',
      ]);
      assert.match(json.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
      assert.deepEqual((await t.api('GET', '/accounts?account=an*')).json, [
        { account: 'ana', type: 'USER', email: 'ana@example.org' },
      ]);
      assert.equal((await t.api('PUT', '/accounts/ana', { status: 'SUSPENDED', email: null })).status, 200);
      const changed = (await t.api('GET', '/accounts/ana')).json;
      assert.equal(changed.status, 'SUSPENDED');
      assert.equal(changed.email, null);
      assert.notEqual(changed.suspended_at, null);
      assert.equal((await t.api('PUT', '/accounts/ana', { status: 'ACTIVE' })).status, 200);
      assert.equal((await t.api('DELETE', '/accounts/ana')).status, 200);
      assert.equal((await t.api('GET', '/accounts/ana')).json.status, 'DELETED');
      refused(await t.api('DELETE', '/accounts/ana'), 404, 'AccountNotFound');
      assert.deepEqual((await t.api('GET', '/accounts?account=ana')).json, []);
    });

    it('are found by type, identity and attribute', async () => {
      await t.api('POST', '/accounts/robot', { type: 'SERVICE', email: 'r@example.org' });
      await t.api('POST', '/accounts/robot/attr/team', { value: 'alpha' });
      await t.api('POST', '/accounts/robot/identities', {
        identity: 'CN=Robot',
        authtype: 'X509',
        email: 'r@example.org',
      });
      const names = async (query: string) =>
        (await t.api('GET', `/accounts?${query}`)).json.map((a: { account: string }) => a.account);
      assert.deepEqual(await names('account_type=SERVICE'), ['robot']);
      assert.deepEqual(await names('identity=CN%3DRobot'), ['robot']);
      assert.deepEqual(await names('team=alpha'), ['robot']);
      assert.deepEqual(await names('team=beta'), []);
      assert.deepEqual(await names('account=%25'), []);
      refused(await t.api('GET', '/accounts?account_type=ALIEN'), 400, 'ValueError');
      assert.deepEqual((await t.api('GET', '/accounts/robot/identities')).json, [
        { type: 'X509', identity: 'CN=Robot', email: 'r@example.org' },
      ]);
      assert.deepEqual((await t.api('GET', '/identities/accounts?identity_key=CN%3DRobot&type=x509')).json, [
        'robot',
      ]);
      assert.deepEqual((await t.api('GET', '/identities/CN%3DRobot/X509/accounts')).json, ['robot']);
      assert.equal(
        (await t.api('GET', '/accounts', undefined, { headers: { accept: 'text/html' } })).status,
        406,
      );
    });

    it('refuse bad input and change nothing', async () => {
      const before = await t.lake.sql`select count(*) as n from accounts`;
      const post = (name: string, body: unknown) =>
        t.api('POST', `/accounts/${encodeURIComponent(name)}`, body);
      const good = { type: 'USER', email: 'x@example.org' };
      for (const name of ['UPPER', 'a b', 'x'.repeat(26), "';--", 'a/b', 'naïve', 'a\u0000b']) {
        refused(await post(name, good), 400, 'InvalidObject');
      }
      refused(await post('newone', { type: 'ALIEN', email: 'x' }), 400, 'InvalidAccountType');
      refused(await post('newone', { email: 'x' }), 400, 'KeyError');
      refused(await post('newone', { type: 'USER' }), 400, 'KeyError');
      refused(await post('newone', { type: 3, email: 'x' }), 400, 'TypeError');
      refused(await post('newone', { type: 'USER', email: {} }), 400, 'TypeError');
      refused(await post('newone', { type: 'USER', email: 'x'.repeat(300) }), 400, 'InvalidObject');
      refused(await post('newone', { type: 'USER', email: 'a\u0000' }), 400, 'ValueError');
      refused(await post('newone', '[]'), 400, 'TypeError');
      refused(await post('newone', 'unfug'), 400, 'ValueError');
      refused(await post('plain', good), 409, 'Duplicate');
      assert.deepEqual(await t.lake.sql`select count(*) as n from accounts`, before);
      for (const change of [
        { status: 'DELETED' },
        { status: 1 },
        { account: 'x' },
        { account_type: 'ALIEN' },
        { status: 'SUSPENDED', wrong: 1 },
      ]) {
        refused(await t.api('PUT', '/accounts/plain', change), 400, 'ValueError');
      }
      assert.equal((await t.api('GET', '/accounts/plain')).json.status, 'ACTIVE');
      refused(await t.api('PUT', '/accounts/nowhere', { email: 'x' }), 404, 'AccountNotFound');
      refused(await t.api('GET', '/accounts/nowhere'), 404, 'AccountNotFound');
    });

    it('keep root', async () => {
      refused(await t.api('DELETE', '/accounts/root'), 409, 'UnsupportedOperation');
      refused(await t.api('PUT', '/accounts/root', { status: 'SUSPENDED' }), 400, 'ValueError');
    });

    it('are changed by those who may', async () => {
      const admin = await t.newAccount('helper', { admin: true });
      const as = (who: { token: string }) => (method: string, path: string, body?: unknown) =>
        t.api(method, path, body, who);
      for (const [method, path, body] of [
        ['POST', '/accounts/newone', { type: 'USER', email: 'x' }],
        ['DELETE', '/accounts/robot', undefined],
        ['PUT', '/accounts/root', { email: 'x' }],
        [
          'POST',
          '/accounts/root/identities',
          { identity: 'i', authtype: 'USERPASS', email: 'x', password: 'p' },
        ],
      ] as const) {
        refused(await as(plain)(method, path, body), 401, 'AccessDenied');
        refused(await as(admin)(method, path, body), 401, 'AccessDenied');
      }
      refused(await as(plain)('PUT', '/accounts/robot', { email: 'x' }), 401, 'AccessDenied');
      refused(await as(plain)('POST', '/accounts/plain/attr/admin', { value: 'true' }), 401, 'AccessDenied');
      refused(
        await as(plain)('DELETE', '/accounts/robot/identities', { identity: 'CN=Robot', authtype: 'X509' }),
        401,
        'AccessDenied',
      );
      assert.equal((await as(admin)('PUT', '/accounts/robot', { email: 'new@example.org' })).status, 200);
    });
  });

  describe('attributes of accounts', () => {
    it('are text, with booleans among it', async () => {
      const set = (key: string, value: unknown) =>
        t.api('POST', `/accounts/plain/attr/${encodeURIComponent(key)}`, { value });
      assert.equal((await set('yes', 'True')).status, 201);
      assert.equal((await set('one', '1')).status, 201);
      assert.deepEqual((await t.api('GET', '/accounts/plain/attr/')).json, [
        { key: 'one', value: '1' },
        { key: 'yes', value: true },
      ]);
      refused(await set('yes', 'false'), 409, 'Duplicate');
      for (const bad of [true, 1, null, '', 'a b', 'x'.repeat(31), ['a']])
        refused(await set('k', bad), 400, 'InvalidObject');
      refused(await set('a b', 'v'), 400, 'InvalidObject');
      refused(await t.api('POST', '/accounts/plain/attr/k', {}), 400, 'KeyError');
      refused(await t.api('POST', '/accounts/nowhere/attr/k', { value: 'v' }), 404, 'AccountNotFound');
      refused(await t.api('GET', '/accounts/nowhere/attr'), 404, 'AccountNotFound');
      assert.equal((await t.api('DELETE', '/accounts/plain/attr/one')).status, 200);
      refused(await t.api('DELETE', '/accounts/plain/attr/one'), 404, 'AccountNotFound');
    });
  });

  describe('identities of accounts', () => {
    it('refuse bad input', async () => {
      const post = (body: unknown, account = 'plain') =>
        t.api('POST', `/accounts/${account}/identities`, body);
      const good = { identity: 'who', authtype: 'USERPASS', email: 'x@example.org', password: 'p' };
      const { identity: _i, ...noIdentity } = good;
      refused(await post(noIdentity), 400, 'KeyError');
      refused(await post({ ...good, authtype: 'MAGIC' }), 400, 'ValueError');
      refused(await post({ ...good, password: undefined }), 400, 'IdentityError');
      refused(await post({ ...good, identity: 7 }), 400, 'TypeError');
      refused(await post({ ...good, identity: 'x'.repeat(3000) }), 400, 'InvalidObject');
      refused(await post({ ...good, default: 'maybe' }), 400, 'TypeError');
      refused(await post(good, 'nowhere'), 404, 'AccountNotFound');
      assert.equal((await post(good)).status, 201);
      refused(await post(good), 409, 'Duplicate');
      refused(
        await t.api('DELETE', '/accounts/plain/identities', { identity: 'x', authtype: 'GSS' }),
        404,
        'IdentityError',
      );
      refused(await t.api('GET', '/identities/accounts?type=x509'), 400, 'ValueError');
      refused(await t.api('GET', '/identities/accounts?identity_key=x'), 400, 'ValueError');
      refused(await t.api('GET', '/identities/accounts?identity_key=x&type=magic'), 400, 'ValueError');
    });
  });
});
