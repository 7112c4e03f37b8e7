import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAdler32 } from '@leman/contracts';
import { ensureLocalCa } from '@leman/tokens';
import { createTestStorages, type TestStorage } from './testing/test-storage.ts';

const lake = createTestStorages();
const authority = ensureLocalCa(join(lake.home, 'ca'));
const peers: Server[] = [];
let [here, there]: [TestStorage, TestStorage] = [undefined as never, undefined as never];
before(async () => {
  here = await lake.start('here', { ca: authority.ca });
  there = await lake.start('there', { ca: authority.ca, capacityBytes: 20_000_000 });
});
after(async () => {
  await lake.stop();
  for (const peer of peers) {
    peer.closeAllConnections();
    peer.close();
  }
});

const content = randomBytes(5_000_000);
const adler32 = createAdler32().update(content).digest();

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await sleep(5);
};

/** A storage of others that behaves as told. */
const peer = async (listener: RequestListener, secure = false): Promise<string> => {
  const server = secure
    ? createTlsServer({ cert: authority.cert, key: authority.key }, listener)
    : createServer(listener);
  peers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `${secure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const copy = async (active: TestStorage, path: string, headers: Record<string, string>) => {
  const answer = await active.call('COPY', path, { headers });
  return { ...answer, outcome: answer.text.trimEnd().split('\n').at(-1) ?? '' };
};
const pull = (path: string, source: string, headers: Record<string, string> = {}) =>
  copy(there, path, { Source: source, TransferHeaderAuthorization: `Bearer ${here.token()}`, ...headers });
const push = (path: string, destination: string, headers: Record<string, string> = {}) =>
  copy(here, path, {
    Destination: destination,
    TransferHeaderAuthorization: `Bearer ${there.token()}`,
    ...headers,
  });
const nothingAt = async (storage: TestStorage, path: string) => {
  assert.equal((await storage.call('HEAD', path)).status, 404);
  assert.deepEqual(storage.leftovers(), []);
};

test('pull and push, with markers and a digest', async () => {
  await here.call('PUT', '/f', { body: content });
  const pulled = await pull('/new/pulled', `${here.url}/f`);
  assert.equal(pulled.status, 202);
  assert.match(String(pulled.headers['content-type']), /^text\/plain/);
  assert.match(
    pulled.text,
    /^Perf Marker\nTimestamp: \d+\nStripe Index: 0\nStripe Bytes Transferred: 0\nTotal Stripe Count: 1\n(RemoteConnections: .*\n)?End\n/,
  );
  assert.match(
    pulled.text,
    new RegExp(
      `Transferred: 5000000\n[\\s\\S]*RemoteConnections: tcp:127.0.0.1:${here.port}\nDigest: adler32=${adler32}\nEnd\nsuccess: Created\n$`,
    ),
  );
  assert.equal((await push('/f', `${there.url}/new/pushed`)).outcome, 'success: Created');
  for (const path of ['/new/pulled', '/new/pushed'])
    assert.ok((await there.call('GET', path)).body.equals(content));
  await here.call('PUT', '/empty', { body: '' });
  assert.equal(
    (await pull('/empty', `${here.url}/empty`.replace('http:', 'dav:'))).outcome,
    'success: Created',
  );
  assert.equal((await push('/empty', `${there.url}/empty2`)).outcome, 'success: Created');
  assert.equal((await there.call('HEAD', '/empty2')).headers['content-length'], '0');
});

test('over TLS with one connection for many copies', async () => {
  const secure = await lake.start('secure', { tls: { cert: authority.cert, key: authority.key } });
  const token = secure.token();
  for (const at of [1, 2, 3]) {
    const answer = await push('/f', `https://localhost:${secure.port}/f${at}`, {
      TransferHeaderAuthorization: `Bearer ${token}`,
    });
    assert.equal(answer.outcome, 'success: Created');
  }
  let connections = 0;
  const source = await peer((_request, response) => response.end('hello'), true);
  peers.at(-1)!.on('secureConnection', () => {
    connections += 1;
  });
  for (const at of [1, 2, 3])
    assert.equal((await pull(`/many/${at}`, `${source}/x`)).outcome, 'success: Created');
  assert.equal(connections, 1);
});

test('what can be refused before the start has a status', async () => {
  const other = { Source: `${here.url}/f` };
  const status = async (headers: Record<string, string>, path = '/refused') =>
    (await copy(there, path, headers)).status;
  assert.equal(await status({}), 400);
  assert.equal(await status({ ...other, Destination: 'http://x/y' }), 400);
  assert.equal(await status({ Source: 'root://127.0.0.1/x' }), 400);
  assert.equal(await status({ Source: 'http://user:secret@127.0.0.1/x' }), 400);
  assert.equal(await status({ ...other, Credential: 'gridsite' }), 400);
  assert.equal(await status({ ...other, 'X-Number-Of-Streams': '1000' }), 400);
  assert.equal(await status({ ...other, 'TransferHeaderBad Name': 'x' }).catch(() => 400), 400);
  assert.equal(await status({ ...other, Overwrite: 'F' }, '/new/pulled'), 412);
  assert.equal(await status({ Destination: 'http://127.0.0.1:9/x' }, '/nothing'), 404);
  const token = there.token('storage.create:/new');
  const refused = await there.call('COPY', '/new/pulled', { token, headers: other });
  assert.equal(refused.status, 403);
  assert.equal((await there.call('COPY', '/elsewhere', { token, headers: other })).status, 403);
});

test('a copy that fails leaves nothing and says why', async () => {
  const digest =
    (value: string): RequestListener =>
    (_request, response) =>
      response.setHeader('Digest', value).end(content);
  const cases: [string, RegExp, Record<string, string>?][] = [
    [`${here.url}/missing`, /^failure: 404 NotFound: The source .* status 404/],
    [
      `${here.url}/f`,
      /^failure: 401 CannotAuthenticate: The source/,
      { TransferHeaderAuthorization: 'Bearer x' },
    ],
    [`${here.url}/f`, /^failure: 412 .*The source has the adler32/, { Digest: 'adler32=00000001' }],
    [
      `${here.url}/f`,
      /^failure: 412 .*md5.*expected/,
      { Digest: `md5=${Buffer.alloc(16).toString('base64')}` },
    ],
    ['http://127.0.0.1:9/x', /^failure: 503 .*cannot be reached: ECONNREFUSED/],
    [await peer(digest('adler32=00000001')), /^failure: 412 .*expected was 00000001/],
    [
      await peer((_request, response) =>
        response.writeHead(200, { 'Content-Length': '10' }).write('half', () => response.destroy()),
      ),
      /^failure: 503 .*before the object was whole/,
    ],
    [
      await peer((_request, response) => response.writeHead(302, { Location: '/again' }).end()),
      /^failure: 503 .*redirects without end/,
    ],
    [
      await peer((_request, response) =>
        response.writeHead(206, { 'Content-Range': 'bytes 0-3/10' }).end('half'),
      ),
      /^failure: 502 .*206/,
    ],
    [
      await peer((_request, response) =>
        response.writeHead(200, { 'Content-Length': '90000000' }).flushHeaders(),
      ),
      /^failure: 507 .*full/,
    ],
    [await peer((_request, response) => response.end(Buffer.alloc(30_000_000))), /^failure: 507 .*full/],
  ];
  for (const [source, outcome, headers] of cases) {
    const answer = await pull('/failed/f', source, headers);
    assert.match(answer.outcome, outcome);
    assert.doesNotMatch(answer.text, /success/);
    await nothingAt(there, '/failed/f');
  }
  assert.match(
    (await push('/f', `${there.url}/failed/f`, { TransferHeaderAuthorization: 'Bearer x' })).outcome,
    /^failure: 401 CannotAuthenticate: The destination/,
  );
  assert.equal((await push('/f', `${there.url}/failed/f`, { Digest: 'adler32=00000001' })).status, 412);
  assert.match((await push('/f', `${there.url}/new/pushed`, { Overwrite: 'F' })).outcome, /^failure: 412/);
  await nothingAt(there, '/failed/f');
});

test('an answer in the middle of a push ends it, and a wrong copy is noticed', async () => {
  const full = await peer((request, response) => {
    request.once('data', () => response.writeHead(507).end());
  });
  assert.match((await push('/f', `${full}/x`)).outcome, /^failure: 507/);
  const careless = await peer((request, response) => {
    if (request.method === 'HEAD') response.setHeader('Digest', 'adler32=00000001').end();
    else request.resume().once('end', () => response.writeHead(200).end(':-)'));
  });
  assert.match(
    (await push('/f', `${careless}/x`)).outcome,
    /^failure: 412 .*destination has the adler32 00000001/,
  );
});

test('redirections are followed, credentials never go to another host in the clear', async () => {
  const seen: (string | undefined)[] = [];
  const target = await peer((request, response) => {
    seen.push(request.headers.authorization);
    request.resume().once('end', () => response.end('moved'));
  });
  const elsewhere = target.replace('127.0.0.1', 'localhost');
  for (const location of [target, elsewhere]) {
    const door = await peer((request, response) =>
      response.writeHead(307, { Location: `${location}${request.url}` }).end(),
    );
    assert.equal((await pull('/redirected', `${door}/f`)).outcome, 'success: Created');
    assert.equal((await push('/empty', `${door}/f`)).outcome, 'success: Created');
  }
  const sent = seen.map((value) => value !== undefined);
  assert.deepEqual(sent, [true, true, true, false, false, false]);
});

test('a kept connection that the other side just closed is no failure', async () => {
  const used = new WeakSet<object>();
  let cut = 0;
  const closing = await peer((request, response) => {
    if (used.has(request.socket)) {
      cut += 1;
      request.socket.resetAndDestroy();
      return;
    }
    used.add(request.socket);
    request.resume().once('end', () => response.setHeader('Digest', 'adler32=00000001').end());
  });
  for (const at of [1, 2, 3]) {
    assert.equal((await pull(`/kept/${at}`, `${closing}/x`)).outcome, 'success: Created');
    assert.equal((await push('/empty', `${closing}/x`)).outcome, 'success: Created');
  }
  assert.ok(cut > 0);
});

test('headers to forward: both spellings, and none of ours', async () => {
  let seen: Record<string, unknown> = {};
  const source = await peer((request, response) => {
    seen = request.headers;
    response.end('x');
  });
  await pull('/forwarded', source, {
    'TransferHeaderX-One': '1',
    'Copy-Header': 'X-Two: 2',
    TransferHeaderHost: 'evil',
    'TransferHeaderContent-Length': '7',
  });
  assert.equal(seen['x-one'], '1');
  assert.equal(seen['x-two'], '2');
  assert.equal(seen.host, new URL(source).host);
  assert.equal(seen['content-length'], undefined);
});

test('a client that goes away ends the copy on both sides', async () => {
  let ended = false;
  const slow = await peer((_request, response) => {
    response.writeHead(200, { 'Content-Length': '1000000' }).write('x'.repeat(100_000));
    response.once('close', () => {
      ended = true;
    });
  });
  const socket = connect(there.port, '127.0.0.1');
  socket.write(
    `COPY /gone HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${there.token()}\r\nSource: ${slow}/x\r\n\r\n`,
  );
  await until(() => there.leftovers().length === 1);
  socket.destroy();
  await until(() => ended && there.leftovers().length === 0);
  await nothingAt(there, '/gone');
});

test('without leave, no copy goes to inner addresses', async () => {
  const careful = await lake.start('careful', { tpc: { allowPrivate: false } });
  for (const host of [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '2130706433',
    '10.0.0.1',
    '169.254.169.254',
    '[::ffff:127.0.0.1]',
    '[fe80::1]',
  ]) {
    const answer = await copy(careful, '/inner', { Source: `http://${host}:${here.port}/f` });
    assert.match(answer.outcome, /^failure: 403 AccessDenied: .*inner address/, host);
  }
});

test('no copy ever goes to link-local addresses, where clouds keep credentials', async () => {
  for (const host of ['169.254.169.254', '[::ffff:169.254.169.254]', '[fe80::1]']) {
    const answer = await copy(here, '/inner', { Source: `http://${host}/latest/meta-data` });
    assert.match(answer.outcome, /^failure: 403 AccessDenied: .*inner address/, host);
  }
  const redirecting = await peer((_request, response) =>
    response.writeHead(302, { Location: 'http://169.254.169.254/latest/meta-data' }).end(),
  );
  const answer = await copy(here, '/inner', { Source: redirecting });
  assert.match(answer.outcome, /^failure: 403 AccessDenied: .*inner address/);
});

test('a storage that stops ends its copies and leaves nothing', async () => {
  const ending = await lake.start('ending');
  const slow = await peer((_request, response) =>
    response.writeHead(200, { 'Content-Length': '1000000' }).write('x'.repeat(100_000)),
  );
  const running = copy(ending, '/never', { Source: slow }).catch(() => undefined);
  await until(() => ending.leftovers().length === 1);
  await ending.stop();
  await running;
  assert.deepEqual(ending.leftovers(), []);
});

test('a slow storage is slow', async () => {
  const slow = await lake.start('slow', { throttle: { bytesPerSecond: 50_000_000, latencyMs: 1 } });
  await slow.call('PUT', '/f', { body: content });
  assert.ok((await slow.call('GET', '/f')).body.equals(content));
});
