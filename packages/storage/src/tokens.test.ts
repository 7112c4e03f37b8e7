import assert from 'node:assert/strict';
import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createIssuer } from '@leman/tokens';
import { createTestStorages, type TestStorage } from './testing/test-storage.ts';

// Every token that is not for this storage, this file and this operation, at every operation.

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('tokens that open nothing', () => {
  const lake = createTestStorages();
  const audience = 'https://doors.example';
  let storage: TestStorage;
  before(async () => {
    storage = await lake.start('doors');
    await storage.call('PUT', '/secret/f', { body: 'kept' });
  });
  after(() => lake.stop());

  const operations: [string, string, Record<string, string>?][] = [
    ['GET', '/secret/f'],
    ['HEAD', '/secret/f'],
    ['PUT', '/secret/f'],
    ['PUT', '/secret/new'],
    ['DELETE', '/secret/f'],
    ['MKCOL', '/secret/dir'],
    ['PROPFIND', '/secret/f', { Depth: '0' }],
    ['MOVE', '/secret/f', { Destination: '/secret/moved' }],
    ['COPY', '/secret/f', { Destination: '/secret/copied' }],
    ['COPY', '/secret/pulled', { Source: 'https://127.0.0.1:9/x' }],
    ['COPY', '/secret/f', { Destination: 'https://127.0.0.1:9/x' }],
  ];
  const opensNothing = async (token: string, status: 401 | 403, what: string, except: string[] = []) => {
    for (const [method, path, headers = {}] of operations) {
      if (except.includes(method)) continue;
      const body = method === 'PUT' ? { body: 'stolen' } : {};
      const answer = await storage.call(method, path, { token, headers, ...body });
      assert.equal(answer.status, status, `${method} ${path} with ${what}: ${answer.text}`);
      assert.doesNotMatch(answer.text, /kept/);
    }
    const { text } = await storage.call('GET', '/secret/f');
    assert.equal(text, 'kept', what);
    const listing = await storage.call('PROPFIND', '/secret', { headers: { Depth: '1' } });
    assert.equal(listing.text.match(/<D:response/g)?.length, 2, `${what}: ${listing.text}`);
  };
  const mint = (more: Partial<Parameters<typeof lake.issuer.mint>[0]>) =>
    lake.issuer.mint({
      subject: 'tester',
      audience,
      scopes: 'storage.read:/ storage.modify:/',
      lifetimeSeconds: 600,
      ...more,
    });

  test('expired, or for another storage', async () => {
    await opensNothing(mint({ lifetimeSeconds: -120 }), 401, 'an expired token');
    await opensNothing(mint({ audience: 'https://doors.example.evil' }), 401, 'another audience');
    await opensNothing(mint({ audience: `${audience}/x` }), 401, 'a longer audience');
  });

  test('forged: no signature, the public key as a secret, another key, a key of its own, another issuer', async () => {
    const [, payload] = mint({}).split('.') as [string, string, string];
    const [known] = lake.issuer.jwks().keys;
    const { kid } = known!;
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const ownKey = createPublicKey(other.privateKey).export({ format: 'jwk' });
    const forged = (header: Record<string, unknown>, signature: (content: string) => string) => {
      const content = `${encode({ typ: 'JWT', ...header })}.${payload}`;
      return `${content}.${signature(content)}`;
    };
    const signed = (content: string) =>
      sign('sha256', Buffer.from(content), { key: other.privateKey, dsaEncoding: 'ieee-p1363' }).toString(
        'base64url',
      );
    const secret = (content: string) =>
      createHmac('sha256', JSON.stringify(known)).update(content).digest('base64url');
    for (const [what, token] of [
      ['alg none', forged({ alg: 'none', kid }, () => '')],
      ['alg None', forged({ alg: 'None' }, () => '')],
      ['HS256 with the public key', forged({ alg: 'HS256', kid }, secret)],
      ['another key under the known name', forged({ alg: 'ES256', kid }, signed)],
      ['a key nobody knows', forged({ alg: 'ES256', kid: 'nobody' }, signed)],
      ['a key that is a path', forged({ alg: 'ES256', kid: '../../../../dev/null' }, signed)],
      ['a key brought along', forged({ alg: 'ES256', kid, jwk: ownKey }, signed)],
      [
        'a key from elsewhere',
        forged({ alg: 'ES256', kid, jku: 'http://127.0.0.1:9/keys', x5u: 'http://127.0.0.1:9/' }, signed),
      ],
      ['a critical header', forged({ alg: 'ES256', kid, crit: ['b64'], b64: false }, signed)],
      [
        'a changed payload',
        `${mint({ scopes: '' }).split('.')[0]}.${payload}.${mint({ scopes: '' }).split('.')[2]}`,
      ],
      ['no parts', 'nonsense'],
      ['empty parts', '..'],
      ['a long one', `${'x'.repeat(9_000)}.${'x'.repeat(100)}.x`],
    ] as const) {
      await opensNothing(token, 401, what);
    }
    const stranger = createIssuer({
      keyFile: join(lake.home, 'stranger.pem'),
      issuer: 'https://evil.example',
    });
    const twin = createIssuer({ keyFile: join(lake.home, 'twin.pem'), issuer: lake.issuer.issuer });
    for (const issuer of [stranger, twin]) {
      const scopes = 'storage.read:/ storage.modify:/';
      await opensNothing(
        issuer.mint({ subject: 'x', audience, scopes, lifetimeSeconds: 60 }),
        401,
        issuer.issuer,
      );
    }
  });

  test('for another path', async () => {
    for (const path of ['/secret/f2', '/secre', '/secretx', '/other', '/secret/../other']) {
      await opensNothing(storage.token(`storage.read:${path} storage.modify:${path}`), 403, path);
    }
  });

  test('for another operation', async () => {
    const reading = ['GET', 'HEAD', 'PROPFIND'];
    const answers = async (scope: string, method: string, headers = {}) =>
      (
        await storage.call(method, '/secret/f', {
          token: storage.token(scope),
          headers,
          body: method === 'PUT' ? 'stolen' : '',
        })
      ).status;
    await opensNothing(
      storage.token('storage.stage:/ compute.read:/'),
      403,
      'no right of a storage',
      reading,
    );
    assert.equal(await answers('storage.stage:/', 'GET'), 403);
    for (const method of ['PUT', 'DELETE', 'MKCOL'])
      assert.equal(await answers('storage.read:/', method), 403, method);
    assert.equal(await answers('storage.read:/', 'MOVE', { Destination: '/secret/moved' }), 403);
    assert.equal(await answers('storage.read:/', 'COPY', { Destination: '/secret/copied' }), 403);
    assert.equal(await answers('storage.create:/', 'GET'), 403);
    assert.equal(await answers('storage.create:/', 'PUT'), 403, 'create does not replace');
    assert.equal(await answers('storage.create:/', 'DELETE'), 403, 'create does not delete');
    assert.equal((await storage.call('GET', '/secret/f')).text, 'kept');
  });
});
