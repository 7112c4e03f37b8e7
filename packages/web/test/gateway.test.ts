import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { collect } from '@leman/client';
import { createAdler32 } from '@leman/contracts';
import { buildPages, type RunningLake, startLake } from './start-lake.ts';

describe('the way of a browser to the lake', { timeout: 120_000 }, () => {
  let lake: RunningLake;
  let cookie = '';
  before(async () => {
    buildPages();
    lake = await startLake();
    await lake.client.dids.add({ scope: 'sky', name: 'from.browser' }, 'DATASET');
  });
  after(() => lake?.stop());

  const ask = async (
    method: string,
    path: string,
    options: { body?: BodyInit; headers?: Record<string, string> } = {},
  ) => {
    const headers = { cookie, 'sec-fetch-site': 'same-origin', ...options.headers };
    const response = await fetch(`${lake.url}${path}`, {
      method,
      headers,
      redirect: 'manual',
      ...(options.body === undefined ? {} : { body: options.body }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    return {
      status: response.status,
      error: response.headers.get('ExceptionClass'),
      headers: response.headers,
      bytes,
    };
  };
  const known = async (name: string) =>
    (await collect(lake.client.dids.search({ scope: 'sky', name, type: 'file' }))).length > 0;

  test('a login gives a cookie that scripts and other sites cannot use', async () => {
    const body = JSON.stringify({ username: lake.username, password: lake.password });
    const foreign = await ask('POST', '/ui/api/login', { body, headers: { 'sec-fetch-site': 'cross-site' } });
    assert.deepEqual([foreign.status, foreign.error], [401, 'AccessDenied']);
    const { status, headers } = await ask('POST', '/ui/api/login', { body });
    assert.equal(status, 200);
    const set = headers.get('set-cookie') ?? '';
    assert.match(set, /HttpOnly; SameSite=Strict; Max-Age=\d+/);
    cookie = set.split(';')[0]!;
    assert.equal((await ask('GET', '/ui/api/session')).status, 200);
    for (const stranger of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { cookie: '' },
    ] as Record<string, string>[]) {
      assert.equal((await ask('GET', '/ui/api/session', { headers: stranger })).error, 'ValueError');
    }
    // Browsers do not tell the ports of a host apart, and two lakes may run side by side.
    const [name] = cookie.split('=', 1);
    assert.equal(name, `leman_session_${new URL(lake.url).port}`);
    const forged = await ask('GET', '/ui/api/session', { headers: { cookie: `${name}=root-root-x-00` } });
    assert.deepEqual([forged.status, forged.error], [401, 'CannotAuthenticate']);
    assert.equal(
      (await ask('GET', '/ui/api/session', { headers: { cookie: `${name}=%E0%A4%A` } })).status,
      400,
    );
  });

  test('who logs out ends the token, wherever else it may lie', async () => {
    const body = JSON.stringify({ username: lake.username, password: lake.password });
    const login = await ask('POST', '/ui/api/login', { body, headers: { cookie: '' } });
    const other = (login.headers.get('set-cookie') ?? '').split(';')[0]!;
    const look = () => ask('GET', '/ui/api/session', { headers: { cookie: other } });
    const foreign = await ask('POST', '/ui/api/logout', {
      body: '{}',
      headers: { cookie: other, 'sec-fetch-site': 'cross-site' },
    });
    assert.deepEqual([foreign.error, foreign.headers.get('set-cookie')], ['AccessDenied', null]);
    assert.equal((await look()).status, 200);
    const left = await ask('POST', '/ui/api/logout', { body: '{}', headers: { cookie: other } });
    assert.match(left.headers.get('set-cookie') ?? '', /leman_session_\d+=; .*Max-Age=0/);
    const after = await look();
    assert.deepEqual([after.status, after.error], [401, 'CannotAuthenticate']);
    assert.equal((await ask('GET', '/ui/api/session')).status, 200, 'other sessions go on');
  });

  test('bad logins', async () => {
    for (const body of ['', '[]', '{}', '{"username":1,"password":[]}', '{"username":"root"}']) {
      assert.equal((await ask('POST', '/ui/api/login', { body })).status, 400, body);
    }
    const wrong = await ask('POST', '/ui/api/login', { body: '{"username":"root","password":"no"}' });
    assert.deepEqual([wrong.status, wrong.error], [401, 'CannotAuthenticate']);
  });

  test('the pages: kept for ever by their hash, never the wrong file, strict policy', async () => {
    const page = await ask('GET', '/ui/rules/whatever');
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'; script-src 'self';/);
    const [script] = /\/ui\/assets\/index-[^"]+\.js/.exec(page.bytes.toString())!;
    const asset = await fetch(`${lake.url}${script}`, { headers: { 'accept-encoding': 'br' } });
    assert.equal(asset.headers.get('content-encoding'), 'br');
    assert.match(asset.headers.get('cache-control') ?? '', /immutable/);
    assert.ok((await asset.text()).length > 0);
    assert.equal((await ask('GET', '/ui/assets/index-old.js')).status, 404);
    for (const path of [
      '/ui/..%2F..%2Fpackage.json',
      '/ui/%2e%2e/package.json',
      '/ui/assets/../../build.js',
    ]) {
      const { bytes } = await ask('GET', path);
      assert.ok(!bytes.toString().includes('"private"') && !bytes.toString().includes('brotli'), path);
    }
    assert.equal(
      (await ask('GET', '/', { headers: { accept: 'text/html' } })).headers.get('location'),
      '/ui/',
    );
    assert.equal((await ask('GET', '/')).status, 200);
  });

  const put = (
    name: string,
    body: BodyInit,
    headers: Record<string, string> = {},
    more = '?dataset=sky:from.browser',
  ) => ask('PUT', `/ui/api/files/ALPHA-DISK/sky/${encodeURIComponent(name)}${more}`, { body, headers });

  test('an upload with the wrong checksum leaves nothing behind, the right one takes the same name', async () => {
    const bytes = Buffer.from('four hundred thousand stars');
    const refused = await put('stars.txt', bytes, { 'x-adler32': '00000001' });
    assert.deepEqual([refused.status, refused.error], [412, 'FileConsistencyMismatch']);
    assert.equal(await known('stars.txt'), false);
    const sum = createAdler32().update(bytes).digest();
    const taken = await put('stars.txt', bytes, { 'x-adler32': sum });
    assert.equal(taken.status, 201, taken.bytes.toString());
    assert.deepEqual(JSON.parse(taken.bytes.toString()), {
      scope: 'sky',
      name: 'stars.txt',
      rse: 'ALPHA-DISK',
      bytes: bytes.length,
      adler32: sum,
    });
    const again = await put('stars.txt', 'other bytes');
    assert.deepEqual([again.status, again.error], [409, 'DataIdentifierAlreadyExists']);
    const back = await ask('GET', '/ui/api/files/sky/stars.txt');
    assert.deepEqual([back.status, back.bytes], [200, bytes]);
    const part = await ask('GET', '/ui/api/files/sky/stars.txt', { headers: { range: 'bytes=5-11' } });
    assert.deepEqual([part.status, part.bytes.toString()], [206, 'hundred']);
  });

  test('hostile and wrong uploads change nothing', async () => {
    const cases: [string, string, string][] = [
      ['../../up.txt', '', 'name'],
      ['a\u0000b', '', 'name'],
      ['ünïcode', '', 'name'],
      ['x'.repeat(300), '', 'name'],
      ['nowhere.txt', '?dataset=sky:no.such.dataset', 'dataset'],
      ['nowhere.txt', '?dataset=nonsense', 'dataset'],
      ['nowhere.txt', '?dataset=sky:survey', 'container'],
    ];
    for (const [name, more, what] of cases) {
      const { status } = await put(name, 'bytes', {}, more);
      assert.ok(status >= 400 && status < 500, `${what} ${name}${more}: ${status}`);
    }
    assert.equal(await known('nowhere.txt'), false);
    const unknown = await ask('PUT', '/ui/api/files/NO-SUCH/sky/a.txt', { body: 'bytes' });
    assert.deepEqual([unknown.status, unknown.error], [404, 'RSENotFound']);
    const bare = await ask('PUT', '/ui/api/files/ALPHA-DISK/sky/a.txt', {
      body: 'bytes',
      headers: { cookie: '' },
    });
    assert.equal(bare.status, 400);
    assert.equal(await known('a.txt'), false);
  });

  test('downloads of what is not there say so', async () => {
    assert.equal((await ask('GET', '/ui/api/files/sky/no.such.file')).status, 404);
    assert.equal((await ask('GET', '/ui/api/datasets/sky/no.such.dataset')).status, 404);
    await lake.client.dids.add({ scope: 'sky', name: 'hollow' }, 'DATASET');
    const hollow = await ask('GET', '/ui/api/datasets/sky/hollow');
    assert.deepEqual([hollow.status, hollow.error], [404, 'ReplicaNotFound']);
    const file = await ask('GET', '/ui/api/datasets/sky/stars.txt');
    assert.deepEqual([file.status, file.headers.get('location')], [302, '/ui/api/files/sky/stars.txt']);
  });
});
