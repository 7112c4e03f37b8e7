import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAdler32 } from '@leman/contracts';
import { createTestStorages, type TestStorage } from './testing/test-storage.ts';

const lake = createTestStorages();
let storage: TestStorage;
before(async () => {
  storage = await lake.start('hostile');
  writeFileSync(join(lake.home, 'outside'), 'outside');
});
after(() => lake.stop());

/** Waits for something that happens by itself soon. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await sleep(5);
};

/** Sends raw bytes and keeps the connection. */
const raw = (text: string) => {
  const socket = connect(storage.port, '127.0.0.1');
  let received = '';
  socket.on('data', (part) => {
    received += part.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.write(text);
  return { socket, received: () => received };
};

test('no path leads out of the root', async () => {
  const paths = [
    '/../outside',
    '/a/../../outside',
    '/%2e%2e/outside',
    '/%252e%252e/outside',
    '/..%2foutside',
    '/a/%2e./outside',
    '/a%00b',
    '/a%2fb',
    `/${'x'.repeat(256)}`,
    '/%ff',
  ];
  for (const path of paths) {
    for (const method of ['GET', 'PUT', 'DELETE', 'MKCOL', 'PROPFIND']) {
      const { status, text } = await storage.call(method, path, method === 'PUT' ? { body: 'x' } : {});
      assert.equal(status, 400, `${method} ${path} ${text}`);
    }
    const { status } = await storage.call('MOVE', '/nothing', {
      headers: { Destination: `http://127.0.0.1:${storage.port}${path}` },
    });
    assert.ok(status === 400, path);
  }
});

test('links are never followed, neither as objects nor on the way', async () => {
  mkdirSync(join(storage.root, 'links'));
  symlinkSync(join(lake.home, 'outside'), join(storage.root, 'links/file'));
  symlinkSync(lake.home, join(storage.root, 'links/dir'));
  symlinkSync(join(lake.home, 'new'), join(storage.root, 'links/dangling'));
  for (const path of ['/links/file', '/links/dir/outside', '/links/dir', '/links/dangling']) {
    assert.equal((await storage.call('GET', path)).status, 404, path);
    assert.equal((await storage.call('DELETE', path)).status, 404, path);
  }
  assert.equal((await storage.call('PUT', '/links/dir/planted', { body: 'x' })).status, 400);
  assert.equal((await storage.call('PUT', '/links/dangling/planted', { body: 'x' })).status, 400);
  assert.equal((await storage.call('PUT', '/links/dangling', { body: 'x' })).status, 405);
  assert.deepEqual(
    readdirSync(lake.home).filter((name) => name === 'planted' || name === 'new'),
    [],
  );
  assert.doesNotMatch(
    (await storage.call('PROPFIND', '/links', { headers: { Depth: '1' } })).text,
    /outside|dangling|file/,
  );
});

test("the storage's own directory is nobody's", async () => {
  for (const path of ['/.leman', '/.leman/incoming/x', '/.LEMAN/incoming/x']) {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'MKCOL'])
      assert.equal((await storage.call(method, path)).status, 403, `${method} ${path}`);
  }
  assert.equal((await storage.call('MOVE', '/.leman', { headers: { Destination: '/x' } })).status, 403);
  assert.doesNotMatch((await storage.call('PROPFIND', '/', { headers: { Depth: '1' } })).text, /leman/);
});

test('an upload that ends too early leaves nothing, and is not seen while it grows', async () => {
  const head = `PUT /half HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${storage.token()}\r\nContent-Length: 1000000\r\n\r\n`;
  const { socket } = raw(head + 'x'.repeat(400_000));
  await until(() => storage.leftovers().length === 1);
  assert.equal((await storage.call('HEAD', '/half')).status, 404);
  socket.destroy();
  await until(() => storage.leftovers().length === 0);
  assert.equal((await storage.call('HEAD', '/half')).status, 404);
});

test('who waits for a word gets "continue" only after all checks', async () => {
  const ask = (path: string, token: string) =>
    raw(
      `PUT ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`,
    );
  const refused = ask('/expect/f', storage.token('storage.read:/'));
  await until(() => refused.received().includes('\r\n\r\n'));
  assert.match(refused.received(), /^HTTP\/1.1 403 /);
  refused.socket.destroy();
  const welcome = ask('/expect/f', storage.token());
  await until(() => welcome.received().includes('100 Continue'));
  welcome.socket.write('hello');
  await until(() => welcome.received().includes('201 Created'));
  welcome.socket.destroy();
});

test('a refused upload without waiting still gets to know why', async () => {
  const refused = await storage.call('PUT', '/refused', {
    body: Buffer.alloc(4_000_000),
    token: storage.token('storage.read:/'),
  });
  assert.equal(refused.status, 403);
  assert.match(refused.text, /does not allow to create/);
});

test('a thousand ranges of the whole are not sent', async () => {
  await storage.call('PUT', '/ranges', { body: Buffer.alloc(100_000) });
  const { status, body } = await storage.call('GET', '/ranges', {
    headers: { Range: `bytes=${new Array(500).fill('0-').join(',')}` },
  });
  assert.equal(status, 200);
  assert.equal(body.length, 100_000);
});

test('headers cannot be injected through names', async () => {
  const { status, headers } = await storage.call('PUT', '/a%0d%0aSet-Cookie:%20x', { body: 'x' });
  assert.equal(status, 201);
  assert.equal(headers['set-cookie'], undefined);
  const listing = await storage.call('PROPFIND', '/a%0d%0aSet-Cookie:%20x', { headers: { Depth: '1' } });
  assert.match(listing.text, /<D:href>\/a%0D%0ASet-Cookie:%20x</);
});

test('headers that mean nothing are refused or left aside, and never break anything', async () => {
  await storage.call('PUT', '/headers/f', { body: 'whole' });
  const values = [
    '',
    ' ',
    '-1',
    '1e308',
    '9223372036854775808',
    'bytes=',
    'bytes=-',
    'bytes=9-1,0-',
    '(',
    '<',
    '"',
    '*',
    '%00',
  ];
  values.push(
    '../..',
    'http://[',
    'http://x:99999/',
    'https://user:secret@x/',
    'file:///etc/passwd',
    'x'.repeat(7_000),
    '\u00ff\u00fe',
  );
  const names = [
    'Range',
    'If-Range',
    'If-Match',
    'If-None-Match',
    'If-Modified-Since',
    'If-Unmodified-Since',
    'Depth',
    'Overwrite',
  ];
  names.push(
    'Destination',
    'Source',
    'Digest',
    'Want-Digest',
    'Repr-Digest',
    'Want-Repr-Digest',
    'Content-Range',
    'Content-MD5',
  );
  names.push(
    'Expect',
    'Credential',
    'X-Number-Of-Streams',
    'TransferHeaderAuthorization',
    'Origin',
    'Accept',
    'SciTag',
  );
  for (const name of names) {
    for (const value of values) {
      for (const method of ['GET', 'HEAD', 'PUT', 'PROPFIND', 'MOVE', 'COPY', 'OPTIONS']) {
        const headers = {
          ...(method === 'PROPFIND' && name !== 'Depth' ? { Depth: '0' } : {}),
          [name]: value,
        };
        const path = method === 'PUT' ? '/headers/written' : '/headers/f';
        const { status, text } = await storage.call(method, path, { headers });
        // RFC 4918 9.9.4: 502 where the destination is another server.
        const proper = status < 500 || (status === 502 && name === 'Destination');
        assert.ok(proper, `${method} with ${name}: ${value.slice(0, 40)}: ${status} ${text}`);
      }
    }
  }
  assert.equal((await storage.call('GET', '/headers/f')).text, 'whole');
  assert.deepEqual(storage.leftovers(), []);
});

test('one name, many writers: always one whole object', async () => {
  const bodies = Array.from({ length: 8 }, (_, at) => randomBytes(300_000 + (at % 3)));
  const usedBefore = storage.space().used;
  const writing = bodies.map((body) => storage.call('PUT', '/race/f', { body }));
  await Promise.all(writing);
  const { body, headers } = await storage.call('GET', '/race/f', { headers: { 'Want-Digest': 'adler32' } });
  assert.ok(bodies.some((one) => one.equals(body)));
  assert.equal(headers.digest, `adler32=${createAdler32().update(body).digest()}`);
  assert.equal(storage.space().used - usedBefore, body.length);
  const first = await Promise.all(
    bodies.map((one) => storage.call('PUT', '/race/new', { body: one, headers: { 'If-None-Match': '*' } })),
  );
  assert.equal(first.filter(({ status }) => status === 201).length, 1);
  assert.deepEqual(storage.leftovers(), []);
});

test('a file changed behind the back gets its checksum anew, and a restart finds what came and went', async () => {
  await storage.call('PUT', '/behind/a', { body: 'one' });
  await storage.call('PUT', '/behind/b', { body: 'gone' });
  const before = storage.space();
  await storage.stop();
  writeFileSync(join(storage.root, 'behind/a'), 'three');
  utimesSync(join(storage.root, 'behind/a'), 1, 1);
  writeFileSync(join(storage.root, 'behind/c'), 'a new one');
  writeFileSync(join(storage.root, '.leman/incoming', `${'0'.repeat(24)}.incoming`), 'left over');
  writeFileSync(join(storage.root, '.leman/incoming', 'not-ours'), 'stays');
  rmSync(join(storage.root, 'behind/b'));
  storage = await lake.start('hostile');
  await storage.scanned;
  assert.deepEqual(storage.leftovers(), ['not-ours']);
  const now = storage.space();
  assert.equal(now.files, before.files);
  assert.equal(now.used, before.used + 'three'.length - 'one'.length + 'a new one'.length - 'gone'.length);
  const { headers } = await storage.call('HEAD', '/behind/a', { headers: { 'Want-Digest': 'adler32' } });
  assert.equal(headers.digest, `adler32=${createAdler32().update(Buffer.from('three')).digest()}`);
  assert.ok(existsSync(join(storage.root, 'behind/c')));
});
