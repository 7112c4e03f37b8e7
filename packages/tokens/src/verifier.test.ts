import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { manualClock } from '@leman/foundation';
import { createIssuer } from './issuer.ts';
import { ensureLocalCa } from './local-ca.ts';
import { anyAudience, createVerifier } from './verifier.ts';

const home = mkdtempSync(join(tmpdir(), 'leman-tokens-'));
after(() => rmSync(home, { recursive: true }));

const clock = manualClock();
const audience = 'https://se.example';
const issuer = createIssuer({ keyFile: join(home, 'key.pem'), issuer: 'https://iam.example', clock });
const verifier = createVerifier({
  issuers: [{ issuer: issuer.issuer, keys: issuer.jwks().keys }],
  audiences: [audience],
  clock,
});
const request = {
  subject: 'ddmlab',
  audience,
  scopes: [{ operation: 'read', path: '/d' }],
  lifetimeSeconds: 600,
} as const;
const refused = (token: string, why: RegExp) =>
  assert.rejects(verifier.verify(token), { name: 'CannotAuthenticate', status: 401, message: why });
const forge = (header: object, payload: object, seal: (content: string) => Buffer) => {
  const content = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${content}.${seal(content).toString('base64url')}`;
};

test('a minted token verifies, with the claims of the profile', async () => {
  const claims = await verifier.verify(
    issuer.mint({ ...request, claims: { iss: 'https://evil.example', 'wlcg.groups': ['/escape'] } }),
  );
  assert.equal(claims.iss, 'https://iam.example');
  assert.equal(claims.sub, 'ddmlab');
  assert.equal(claims.scope, 'storage.read:/d');
  assert.equal(claims['wlcg.ver'], '1.0');
  assert.deepEqual(claims['wlcg.groups'], ['/escape']);
  assert.ok(claims.jti);
});

test('the key is made once, readable by its owner only', () => {
  assert.equal(statSync(join(home, 'key.pem')).mode & 0o777, 0o600);
  const again = createIssuer({ keyFile: join(home, 'key.pem'), issuer: 'https://iam.example' });
  assert.deepEqual(again.jwks(), issuer.jwks());
});

test('refusals say why', async () => {
  await refused('nonsense', /not a signed JWT/);
  await refused('a.b.c', /not a signed JWT/);
  await refused(
    issuer.mint({ ...request, audience: 'https://other.example' }),
    /is for https:\/\/other\.example, not for/,
  );
  await verifier.verify(issuer.mint({ ...request, audience: ['https://other.example', audience] }));
  await verifier.verify(issuer.mint({ ...request, audience: anyAudience }));
  const foreign = createIssuer({
    keyFile: join(home, 'foreign.pem'),
    issuer: 'https://foreign.example',
    clock,
  });
  await refused(foreign.mint(request), /not trusted/);
  const thief = createIssuer({ keyFile: join(home, 'thief.pem'), issuer: 'https://iam.example', clock });
  await refused(thief.mint(request), /no key of the token's name/);
  const good = issuer.mint(request);
  await refused(`${good.slice(0, -4)}AAAA`, /signature/);
  const [head, , seal] = good.split('.');
  const [, richer] = issuer.mint({ ...request, scopes: 'storage.modify:/' }).split('.');
  await refused(`${head}.${richer}.${seal}`, /signature/);
});

test('algorithms of the attackers are refused', async () => {
  const kid = issuer.jwks().keys[0]!.kid;
  const payload = {
    iss: issuer.issuer,
    sub: 'x',
    aud: audience,
    exp: clock.now() / 1000 + 60,
    scope: 'storage.modify:/',
  };
  await refused(
    forge({ alg: 'none', kid }, payload, () => Buffer.alloc(0)),
    /signature/,
  );
  const known = JSON.stringify(issuer.jwks().keys[0]);
  await refused(
    forge({ alg: 'HS256', kid }, payload, (content) => createHmac('sha256', known).update(content).digest()),
    /signature/,
  );
  await refused(
    forge({ alg: 'RS256', kid }, payload, () => Buffer.alloc(256)),
    /signature/,
  );
});

test('RS256 and EdDSA verify too', async () => {
  for (const [alg, pair, digest] of [
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'sha256'],
    ['EdDSA', generateKeyPairSync('ed25519'), null],
  ] as const) {
    const keys: JsonWebKey[] = [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'k' }];
    const other = createVerifier({
      issuers: [{ issuer: 'https://iam.example', keys }],
      audiences: [audience],
      clock,
    });
    const payload = {
      iss: 'https://iam.example',
      sub: 'x',
      aud: audience,
      exp: clock.now() / 1000 + 60,
      scope: '',
    };
    const token = forge({ alg, kid: 'k' }, payload, (content) =>
      sign(digest, Buffer.from(content), pair.privateKey),
    );
    assert.equal((await other.verify(token)).sub, 'x');
  }
});

test('a token ends, also when it was verified before; clocks may differ by a minute', async () => {
  const token = issuer.mint({ ...request, lifetimeSeconds: 100 });
  await verifier.verify(token);
  clock.advance(130_000);
  await verifier.verify(token);
  clock.advance(40_000);
  await refused(token, /expired/);
});

test('keys are fetched once, found again after a change, and outlive the issuer', async () => {
  const time = manualClock();
  let current = createIssuer({ keyFile: join(home, 'one.pem'), issuer: 'x', clock: time });
  let fetches = 0;
  const { ca, cert, key } = ensureLocalCa(join(home, 'ca'));
  const server = createServer({ cert, key }, (incoming, response) => {
    fetches += 1;
    const document = incoming.url === '/jwks' ? current.jwks() : current.configuration();
    response.end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  current = createIssuer({ keyFile: join(home, 'one.pem'), issuer: url, clock: time });
  const remote = createVerifier({ issuers: [url], audiences: [audience], clock: time, ca });
  try {
    const first = current.mint(request);
    await Promise.all([remote.verify(first), remote.verify(current.mint(request))]);
    assert.equal(fetches, 2);
    current = createIssuer({ keyFile: join(home, 'two.pem'), issuer: url, clock: time });
    const second = current.mint(request);
    await assert.rejects(remote.verify(second), { name: 'CannotAuthenticate' });
    assert.equal(fetches, 2);
    time.advance(31_000);
    await remote.verify(second);
    assert.equal(fetches, 4);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  await remote.verify(current.mint(request));
  time.advance(700_000);
  await remote.verify(current.mint(request));
  const stranger = createVerifier({ issuers: [url], audiences: [audience], clock: time, ca });
  await assert.rejects(stranger.verify(current.mint(request)), {
    name: 'ResourceTemporaryUnavailable',
    status: 503,
  });
});
