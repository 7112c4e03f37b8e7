import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { manualClock } from '@leman/foundation';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';
import { bootstrapRoot } from './bootstrap-root.ts';

describe('logging in', () => {
  const clock = manualClock(Date.UTC(2026, 5, 1));
  let t: TestLake;
  before(async () => {
    t = await startTestLake({ clock });
    await bootstrapRoot(t.lake, { username: 'boss', password: 'right' });
  });
  after(() => t.stop());

  const login = (username: string, password: string, more: Record<string, string> = {}) =>
    t.api('GET', '/auth/userpass', undefined, {
      token: null,
      headers: { 'x-rucio-username': username, 'x-rucio-password': password, ...more },
    });

  describe('logging in with a password', () => {
    it('gives a token of the field form', async () => {
      const answer = await login('boss', 'right', { 'x-rucio-appid': 'my app' });
      assert.equal(answer.status, 200);
      assert.equal(answer.text, '');
      assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
      const token = answer.headers.get('x-rucio-auth-token')!;
      assert.match(token, /^root-boss-my_app-[0-9a-f]{32}$/);
      assert.equal(answer.headers.get('x-rucio-auth-token-expires'), 'Mon, 01 Jun 2026 01:00:00 UTC');
      assert.equal(answer.headers.get('x-rucio-auth-account'), 'root');
      const said = await t.api('GET', '/auth/validate', undefined, { token });
      assert.equal(
        said.text,
        "{'account': 'root', 'identity': 'boss', 'lifetime': datetime.datetime(2026, 6, 1, 1, 0, 0), 'audience': '', 'authz_scope': '', 'vo': 'def'}",
      );
      assert.equal((await t.api('GET', '/auth/validate', undefined, { token: 'wrong' })).status, 401);
      assert.equal((await t.api('GET', '/auth/validate', undefined, { token: null })).status, 400);
    });

    it('is refused for wrong, unknown and missing credentials, and for foreign accounts', async () => {
      await t.newAccount('other');
      for (const answer of [
        await login('boss', 'wrong'),
        await login('nobody', 'right'),
        await login('boss', ''),
        await login('', ''),
        await login('boss', 'right', { 'x-rucio-account': 'other' }),
        await login('boss', 'right', { 'x-rucio-account': 'nowhere' }),
      ]) {
        assert.equal(answer.status, 401);
        assert.equal(answer.json.ExceptionClass, 'CannotAuthenticate');
        assert.equal(answer.headers.get('x-rucio-auth-token'), null);
      }
    });

    it('asks to choose among several accounts', async () => {
      const add = (account: string, isDefault: boolean) =>
        t.api('POST', `/accounts/${account}/identities`, {
          identity: 'multi',
          authtype: 'userpass',
          email: 'm@example.org',
          password: 'p',
          default: isDefault,
        });
      for (const account of ['first', 'second', 'third']) await t.newAccount(account);
      assert.equal((await add('first', false)).status, 201);
      assert.equal((await add('second', false)).status, 201);
      const several = await login('multi', 'p');
      assert.equal(several.status, 206);
      assert.deepEqual(JSON.parse(several.text), ['first', 'second']);
      assert.equal(several.headers.get('x-rucio-auth-accounts'), 'first,second');
      assert.equal(
        (await login('multi', 'p', { 'x-rucio-account': 'second' })).headers.get('x-rucio-auth-account'),
        'second',
      );
      assert.equal((await add('third', true)).status, 201);
      assert.equal((await login('multi', 'p')).headers.get('x-rucio-auth-account'), 'third');
    });

    it('keeps the password of an identity that somebody else attaches', async () => {
      await t.newAccount('owned');
      const identity = { identity: 'steady', authtype: 'USERPASS', email: '' };
      assert.equal(
        (await t.api('POST', '/accounts/owned/identities', { ...identity, password: 'mine' })).status,
        201,
      );
      assert.equal(
        (await t.api('POST', '/accounts/other/identities', { ...identity, password: 'theirs' })).status,
        201,
      );
      assert.equal((await login('steady', 'theirs', { 'x-rucio-account': 'owned' })).status, 401);
      assert.equal((await login('steady', 'mine', { 'x-rucio-account': 'owned' })).status, 200);
    });

    it('waits longer and longer after five failures from one address, and only for that user there', async () => {
      const from = (ip: string, password: string, user = 'boss') =>
        login(user, password, { 'x-forwarded-for': ip });
      for (let i = 0; i < 5; i++)
        assert.match((await from('10.0.0.1', 'wrong')).json.ExceptionMessage, /given credentials/);
      assert.match((await from('10.0.0.1', 'right')).json.ExceptionMessage, /Wait 1 s/);
      assert.equal((await from('10.0.0.2', 'right')).status, 200);
      assert.equal((await from('10.0.0.1', 'p', 'multi')).status, 200);
      clock.advance(1001);
      assert.match((await from('10.0.0.1', 'wrong')).json.ExceptionMessage, /given credentials/);
      assert.match((await from('10.0.0.1', 'right')).json.ExceptionMessage, /Wait 2 s/);
      clock.advance(2001);
      assert.equal((await from('10.0.0.1', 'right')).status, 200);
      assert.match((await from('10.0.0.1', 'wrong')).json.ExceptionMessage, /given credentials/);
    });

    it('ends for an identity taken away, with its tokens', async () => {
      const { token } = {
        token: (await login('multi', 'p', { 'x-rucio-account': 'first' })).headers.get('x-rucio-auth-token')!,
      };
      assert.equal((await t.api('GET', '/accounts/first', undefined, { token })).status, 200);
      const gone = { identity: 'multi', authtype: 'USERPASS' };
      assert.equal((await t.api('DELETE', '/accounts/first/identities', gone)).status, 200);
      assert.equal((await t.api('GET', '/accounts/first', undefined, { token })).status, 401);
      assert.equal((await t.api('DELETE', '/accounts/first/identities', gone)).status, 404);
      assert.equal((await login('multi', 'p', { 'x-rucio-account': 'second' })).status, 200);
    });
  });

  describe('making root', () => {
    it('may be done again, and changes the password only', async () => {
      await bootstrapRoot(t.lake, { username: 'boss', password: 'right' });
      await bootstrapRoot(t.lake, { username: 'boss', password: 'changed' });
      assert.equal((await login('boss', 'right')).status, 401);
      assert.equal((await login('boss', 'changed')).status, 200);
      const [row] = await t.lake.sql`select count(*) as n from accounts where account = 'root'`;
      assert.equal(row!.n, 1);
    });
  });

  describe('logging in with an SSH key', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const field = (bytes: Buffer): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    };
    const integer = (base64url: string) =>
      field(Buffer.concat([Buffer.from([0]), Buffer.from(base64url, 'base64url')]));
    const { n, e } = publicKey.export({ format: 'jwk' });
    const blob = Buffer.concat([
      field(Buffer.from('ssh-rsa')),
      field(Buffer.from(e!, 'base64url')),
      integer(n!),
    ]);
    const line = `ssh-rsa ${blob.toString('base64')} me@example`;
    const sign = (text: string, name = 'rsa-sha2-256', hash = 'sha256'): string =>
      Buffer.concat([
        field(Buffer.from(name)),
        field(createSign(hash).update(text).sign(privateKey)),
      ]).toString('base64');
    const challenge = async (account = 'root') =>
      t.api('GET', '/auth/ssh_challenge_token', undefined, {
        token: null,
        headers: { 'x-rucio-account': account },
      });
    const answer = (signature: string, account = 'root') =>
      t.api('GET', '/auth/ssh', undefined, {
        token: null,
        headers: { 'x-rucio-account': account, 'x-rucio-ssh-signature': signature },
      });

    it('takes a signed challenge once, within ten seconds', async () => {
      const add = (identity: string) =>
        t.api('POST', '/accounts/root/identities', { identity, authtype: 'SSH', email: 'me@example.org' });
      assert.equal((await add('ssh-rsa nonsense')).status, 400);
      assert.equal((await add(line)).status, 201);
      const asked = await challenge();
      assert.equal(asked.status, 200);
      const text = asked.headers.get('x-rucio-ssh-challenge-token')!;
      assert.match(text, /^challenge-\d+-root-\d+$/);
      for (const bad of [
        sign('something else'),
        sign(text, 'ssh-rsa', 'sha1'),
        'AAAA',
        '%%%',
        `${sign(text).slice(0, 40)}`,
      ]) {
        assert.equal((await answer(bad)).status, 401);
      }
      assert.equal((await answer(sign(text), 'other')).status, 401);
      const good = await answer(sign(text));
      assert.equal(good.status, 200);
      assert.match(good.headers.get('x-rucio-auth-token')!, /^root-ssh:pubkey-unknown-[0-9a-f]{32}$/);
      assert.equal((await answer(sign(text))).status, 401, 'a second time');

      const late = (await challenge()).headers.get('x-rucio-ssh-challenge-token')!;
      clock.advance(10_001);
      assert.equal((await answer(sign(late))).status, 401);
    });

    it('needs an account', async () => {
      assert.equal((await t.api('GET', '/auth/ssh_challenge_token', undefined, { token: null })).status, 400);
      assert.equal((await t.api('GET', '/auth/ssh', undefined, { token: null })).status, 400);
      assert.equal((await challenge('nowhere')).status, 401);
    });
  });

  describe('ways of logging in that are not set up', () => {
    it('say so', async () => {
      for (const way of ['x509', 'x509_proxy', 'x509/webui', 'gss', 'saml', 'oidc', 'oidc_refresh']) {
        const answer = await t.api('GET', `/auth/${way}`, undefined, { token: null });
        assert.equal(answer.status, 401, way);
        assert.match(answer.json.ExceptionMessage, /not set up here/);
      }
    });
  });
});
