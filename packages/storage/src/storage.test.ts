import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createAdler32 } from '@leman/contracts';
import { createTestStorages, type TestStorage } from './testing/test-storage.ts';

const lake = createTestStorages();
let storage: TestStorage;
before(async () => {
  storage = await lake.start('surface');
});
after(() => lake.stop());

const content = randomBytes(3_000_000);
const adler32 = createAdler32().update(content).digest();
const put = (path: string, body: Buffer | string = 'hello', headers: Record<string, string> = {}) =>
  storage.call('PUT', path, { body, headers });
const statuses = async (calls: readonly Promise<{ status: number }>[]) =>
  (await Promise.all(calls)).map(({ status }) => status);

test('nothing without a token, and the refusals say what is missing', async () => {
  await put('/secret/f');
  const anonymous = await storage.call('GET', '/secret/f', { token: null });
  assert.equal(anonymous.status, 401);
  assert.equal(anonymous.headers['www-authenticate'], 'Bearer');
  for (const method of ['HEAD', 'PUT', 'DELETE', 'MKCOL', 'MOVE', 'COPY', 'PROPFIND', 'PROPPATCH']) {
    assert.equal((await storage.call(method, '/secret/f', { token: null })).status, 401, method);
  }
  const narrow = storage.token('storage.read:/other');
  for (const method of ['HEAD', 'GET', 'PUT', 'DELETE', 'PROPFIND', 'COPY']) {
    const headers: Record<string, string> = method === 'PROPFIND' ? { Depth: '0' } : { Destination: '/x' };
    assert.equal((await storage.call(method, '/secret/f', { token: narrow, headers })).status, 403, method);
  }
  assert.equal((await storage.call('GET', '/secret/f', { token: 'nonsense' })).status, 401);
  const options = await storage.call('OPTIONS', '/', { token: null });
  assert.equal(options.status, 200);
  assert.equal(options.headers.dav, '1');
  for (const method of ['COPY', 'MKCOL', 'MOVE', 'PROPFIND'])
    assert.match(String(options.headers.allow), new RegExp(method));
});

test('a signed URL carries the token in authz, with and without Bearer', async () => {
  await put('/signed/f');
  const token = storage.token('storage.read:/signed/f');
  for (const authz of [token, `Bearer%20${token}`, `Bearer+${token}`]) {
    assert.equal((await storage.call('GET', `/signed/f?authz=${authz}`, { token: null })).text, 'hello');
  }
  assert.equal((await storage.call('HEAD', '/signed', { token })).status, 200);
});

test('an object is stored whole with its checksum, and read in any part', async () => {
  const stored = await put('/deep/er/f', content);
  assert.equal(stored.status, 201);
  assert.equal((await put('/deep/er/f', content)).status, 201);
  const whole = await storage.call('GET', '/deep/er/f');
  assert.ok(whole.body.equals(content));
  const head = await storage.call('HEAD', '/deep/er/f', { headers: { 'Want-Digest': 'md5;q=0.3, ADLER32' } });
  assert.equal(head.headers['content-length'], String(content.length));
  assert.equal(head.headers.digest, `adler32=${adler32}`);
  const structured = await storage.call('HEAD', '/deep/er/f', { headers: { 'Want-Repr-Digest': 'adler=5' } });
  assert.equal(
    structured.headers['repr-digest'],
    `adler=:${Buffer.from(adler32, 'hex').toString('base64')}:`,
  );
  assert.equal(
    (await storage.call('HEAD', '/deep/er/f', { headers: { 'Want-Digest': 'adler32;q=0' } })).headers.digest,
    undefined,
  );

  const part = (range: string, headers = {}) =>
    storage.call('GET', '/deep/er/f', { headers: { Range: range, ...headers } });
  assert.ok((await part('bytes=5-14')).body.equals(content.subarray(5, 15)));
  assert.ok((await part('bytes=-7')).body.equals(content.subarray(-7)));
  assert.ok((await part('bytes=2999990-')).body.equals(content.subarray(2_999_990)));
  const beyond = await part('bytes=3000000-');
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers['content-range'], 'bytes */3000000');
  const several = await part('bytes=0-1,10-19');
  assert.equal(several.status, 206);
  assert.match(String(several.headers['content-type']), /^multipart\/byteranges; boundary=/);
  assert.ok(several.body.includes(content.subarray(10, 20)));
  assert.equal((await part('bytes=0-1', { 'If-Range': '"other"' })).status, 200);
  assert.equal((await part('bytes=0-1', { 'If-Range': head.headers.etag })).status, 206);
  assert.equal((await part('lines=0-1')).status, 200);
});

test('conditions are kept', async () => {
  const { headers } = await put('/conditions/f');
  const etag = String(headers.etag);
  assert.equal(
    (await storage.call('GET', '/conditions/f', { headers: { 'If-None-Match': etag } })).status,
    304,
  );
  assert.deepEqual(
    await statuses([
      put('/conditions/f', 'x', { 'If-None-Match': '*' }),
      put('/conditions/f', 'x', { 'If-Match': '"other"' }),
    ]),
    [412, 412],
  );
  assert.equal(
    (await storage.call('DELETE', '/conditions/f', { headers: { 'If-Match': '"other"' } })).status,
    412,
  );
  assert.equal((await storage.call('GET', '/conditions/f')).text, 'hello');
  assert.equal(
    (await storage.call('DELETE', '/conditions/f', { headers: { 'If-Match': etag } })).status,
    204,
  );
  assert.equal((await put('/conditions/f', 'x', { 'If-None-Match': '*' })).status, 201);
});

test('promised digests are checked, and a broken promise leaves nothing', async () => {
  const md5 = createHash('md5').update(content).digest('base64');
  const sha256 = createHash('sha256').update(content).digest('base64');
  assert.equal(
    (
      await put('/digests/good', content, {
        Digest: `adler32=${adler32},md5=${md5}`,
        'Repr-Digest': `sha-256=:${sha256}:`,
      })
    ).status,
    201,
  );
  assert.equal((await put('/digests/good', content, { 'Content-MD5': md5 })).status, 201);
  for (const headers of [
    { Digest: 'adler32=00000001' },
    { 'Content-MD5': Buffer.alloc(16).toString('base64') },
    { 'Repr-Digest': 'adler=:AAAAAQ==:' },
  ]) {
    const refused = await put('/digests/bad', content, headers);
    assert.equal(refused.status, 412);
    assert.match(refused.text, /expected was/);
  }
  assert.equal((await put('/digests/bad', content, { Digest: 'md5=?' })).status, 400);
  assert.equal((await put('/digests/bad', content, { 'Repr-Digest': 'adler=AAAA' })).status, 400);
  assert.equal((await storage.call('HEAD', '/digests/bad')).status, 404);
  assert.deepEqual(storage.leftovers(), []);
});

test('create is not overwriting', async () => {
  const token = storage.token('storage.create:/inbox');
  const call = (method: string, path: string, headers = {}) =>
    storage.call(method, path, { token, headers, ...(method === 'PUT' ? { body: 'x' } : {}) });
  assert.equal((await call('PUT', '/inbox/a.rucio.upload')).status, 201);
  assert.equal((await call('PUT', '/inbox/a.rucio.upload')).status, 403);
  assert.equal(
    (await call('MOVE', '/inbox/a.rucio.upload', { Destination: `${storage.url}/inbox/a` })).status,
    201,
  );
  assert.equal((await call('PUT', '/inbox/b')).status, 201);
  assert.equal((await call('MOVE', '/inbox/b', { Destination: '/inbox/a' })).status, 403);
  assert.deepEqual(
    await statuses([call('DELETE', '/inbox/a'), call('GET', '/inbox/a'), call('PUT', '/outbox/a')]),
    [403, 403, 403],
  );
  assert.deepEqual(
    await statuses([call('HEAD', '/inbox/a'), call('PROPFIND', '/inbox/a', { Depth: '0' })]),
    [200, 207],
  );
  assert.equal((await storage.call('MKCOL', '/inbox/new', { token })).status, 201);
});

test('directories: make, list, move, delete', async () => {
  const list = (path: string, depth = '1', body = '') =>
    storage.call('PROPFIND', path, { headers: { Depth: depth }, body });
  assert.deepEqual(
    await statuses([storage.call('MKCOL', '/no/parent'), storage.call('MKCOL', '/dir', { body: 'x' })]),
    [409, 415],
  );
  assert.equal((await storage.call('MKCOL', '/dir/')).status, 201);
  assert.equal((await storage.call('MKCOL', '/dir')).status, 405);
  assert.deepEqual(await statuses([put('/dir'), put('/dir/')]), [405, 405]);
  await put('/dir/a%20&%20b', 'hello');
  const listing = await list('/dir');
  assert.equal(listing.status, 207);
  assert.match(
    listing.text,
    /<D:href>\/dir\/<\/D:href>[\s\S]*<D:href>\/dir\/a%20&amp;%20b<\/D:href>.*<D:getcontentlength>5</,
  );
  assert.match(
    (await list('/dir/a%20&%20b')).text,
    /^[\s\S]*<D:response><D:href>\/dir\/a%20&amp;%20b<[\s\S]*$/,
  );
  assert.equal((await list('/dir', 'infinity')).status, 403);
  assert.equal((await list('/dir', '0', '<not xml')).status, 400);
  assert.equal(
    (await list('/dir', '0', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>')).status,
    400,
  );
  const named = await list(
    '/dir',
    '0',
    '<p:propfind xmlns:p="DAV:"><p:prop><p:resourcetype/><x:y xmlns:x="http://e/?a&amp;b"/></p:prop></p:propfind>',
  );
  assert.match(named.text, /<D:collection\/>.*200 OK.*<y xmlns="http:\/\/e\/\?a&amp;b"><\/y>.*404 Not Found/);
  const move = (from: string, to: string, headers = {}) =>
    storage.call('MOVE', from, { headers: { Destination: to, ...headers } });
  assert.equal((await move('/dir', '/moved')).status, 201);
  assert.equal((await storage.call('GET', '/moved/a%20&%20b')).text, 'hello');
  assert.deepEqual(
    await statuses([
      move('/nothing', '/x'),
      move('/moved', '/moved/below'),
      move('/moved', '/no/parent'),
      move('/moved', 'https://elsewhere.example/x'),
      move('/moved', '/deep', { Overwrite: 'F' }),
    ]),
    [404, 403, 409, 502, 412],
  );
  const patch =
    '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><c xmlns="u:x">1</c></D:prop></D:set></D:propertyupdate>';
  assert.equal((await storage.call('PROPPATCH', '/moved', { body: patch })).status, 207);
  assert.deepEqual(await statuses([storage.call('DELETE', '/moved')]), [204]);
  assert.deepEqual(
    await statuses([
      storage.call('DELETE', '/moved'),
      storage.call('HEAD', '/moved'),
      storage.call('GET', '/moved/a'),
    ]),
    [404, 404, 404],
  );
  assert.equal((await storage.call('DELETE', '/')).status, 403);
});

test('space is counted at every change and told in both ways', async () => {
  const room = await lake.start('room', { capacityBytes: 10_000 });
  await room.scanned;
  const quota = async () => {
    const body = '<propfind xmlns="DAV:"><prop><quota-available-bytes/><quota-used-bytes/></prop></propfind>';
    const { text } = await room.call('PROPFIND', '/', { headers: { Depth: '0' }, body });
    return [/available-bytes>(\d+)</, /used-bytes>(\d+)</].map((pattern) => Number(pattern.exec(text)?.[1]));
  };
  const fill = (path: string, bytes: number, headers = {}) =>
    room.call('PUT', path, { body: Buffer.alloc(bytes), headers });
  assert.deepEqual(await quota(), [10_000, 0]);
  await fill('/d/a', 6000);
  assert.deepEqual(await quota(), [4000, 6000]);
  const asRucio = await room.call('PROPFIND', '/', { headers: { Depth: '0' } });
  assert.match(
    asRucio.text,
    /^[^\n]*\n[^\n]*\n<D:response><D:href>[^<]*<\/D:href><D:propstat><D:prop>.*<D:quota-used-bytes>6000</,
  );
  const refused = await fill('/d/b', 5000);
  assert.equal(refused.status, 507);
  assert.equal((await fill('/d/b', 5000, { 'Transfer-Encoding': 'chunked' })).status, 507);
  assert.deepEqual(room.leftovers(), []);
  await fill('/d/b', 4000);
  await fill('/d/b', 0);
  await room.call('COPY', '/d/a', { headers: { Destination: '/d/c' } });
  assert.deepEqual(await quota(), [4000, 6000]);
  await room.call('MOVE', '/d', { headers: { Destination: '/e' } });
  assert.deepEqual(await quota(), [4000, 6000]);
  const record = JSON.parse((await room.call('GET', '/.well-known/wlcg-srr', { token: null })).text);
  assert.deepEqual(record.storageservice.storagecapacity.online, {
    totalsize: 10_000,
    usedsize: 6000,
    reservedsize: 0,
  });
  assert.equal(record.storageservice.storageshares[0].numberoffiles, 2);
  await room.call('DELETE', '/e');
  assert.deepEqual(await quota(), [10_000, 0]);
});

test('copies within the storage keep the checksum and know depth and overwriting', async () => {
  await put('/local/a/f', content);
  await put('/local/a/b/g', 'deep');
  const copy = (from: string, to: string, headers = {}) =>
    storage.call('COPY', from, { headers: { Destination: `${storage.url}${to}`, ...headers } });
  assert.equal((await copy('/local/a', '/local/c')).status, 201);
  assert.equal((await storage.call('GET', '/local/c/b/g')).text, 'deep');
  const head = await storage.call('HEAD', '/local/c/f', { headers: { 'Want-Digest': 'adler32' } });
  assert.equal(head.headers.digest, `adler32=${adler32}`);
  assert.equal((await copy('/local/a/f', '/local/c/f', { Overwrite: 'F' })).status, 412);
  assert.equal((await copy('/local/a/f', '/local/c/f')).status, 204);
  assert.equal((await copy('/local/a/f', '/local/c/h', { Credential: 'none' })).text, 'success: Created\n');
  assert.equal((await copy('/local/a', '/local/shallow', { Depth: '0' })).status, 201);
  assert.ok(!existsSync(join(storage.root, 'local/shallow/f')));
  assert.ok(readFileSync(join(storage.root, 'local/c/f')).equals(content));
});
