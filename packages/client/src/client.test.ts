import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { FieldError } from '@leman/contracts';
import { collect, createClient } from './client.ts';
import { parseDate, parseJson, pythonLiteral } from './wire.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void;
const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

/** A lake that answers as told. */
const lakeThat = async (answer: Answer): Promise<string> => {
  const server = createServer((request, response) =>
    answer(request, response, new URL(request.url!, 'http://x')),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const refuse = (response: ServerResponse, status: number, name: string, message: string) => {
  response.writeHead(status, { ExceptionClass: name, ExceptionMessage: message });
  response.end(JSON.stringify({ ExceptionClass: name, ExceptionMessage: message }));
};

test('infinite numbers, dates and Python literals', () => {
  assert.deepEqual(parseJson('{"a": Infinity, "Infinity": "no Infinity \\" Infinity", "b": -Infinity}'), {
    a: Number.POSITIVE_INFINITY,
    Infinity: 'no Infinity " Infinity',
    b: Number.NEGATIVE_INFINITY,
  });
  assert.throws(() => parseJson('{"a": '), SyntaxError);
  assert.equal(parseDate('Fri, 20 Nov 2026 05:54:06 UTC')?.toISOString(), '2026-11-20T05:54:06.000Z');
  assert.equal(parseDate('2026-11-20T05:54:06')?.toISOString(), '2026-11-20T05:54:06.000Z');
  assert.equal(parseDate('2026-11-20 05:54:06')?.toISOString(), '2026-11-20T05:54:06.000Z');
  assert.equal(parseDate(null), null);
  assert.equal(parseDate('soon'), null);
  assert.equal(
    pythonLiteral([{ name: "it's\\", n: 3, yes: true, none: null }]),
    `[{'name': 'it\\'s\\\\', 'n': 3, 'yes': True, 'none': None}]`,
  );
});

test('a refusal is an error of the registry', async () => {
  const url = await lakeThat((_request, response) =>
    refuse(response, 404, 'RuleNotFound', 'There is no such rule.'),
  );
  await assert.rejects(createClient({ url, token: 't' }).rules.get('00'), (error: unknown) => {
    assert.ok(error instanceof FieldError);
    assert.deepEqual(
      [error.name, error.status, error.message],
      ['RuleNotFound', 404, 'There is no such rule.'],
    );
    return true;
  });
});

test('lines are read whole, whatever the pieces', async () => {
  const text = '{"rse":"GENÈVE-DISK"}\n{"rse":"B"}\n\n{"rse":"C"}';
  const bytes = Buffer.from(text);
  const url = await lakeThat(async (_request, response) => {
    for (const byte of bytes) {
      response.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
  const names = await collect(createClient({ url, token: 't' }).rses.list());
  assert.deepEqual(
    names.map(({ rse }) => rse),
    ['GENÈVE-DISK', 'B', 'C'],
  );
});

test('an ended token is renewed once for all calls', async () => {
  let logins = 0;
  const url = await lakeThat((request, response, { pathname }) => {
    if (pathname === '/auth/userpass') {
      logins += 1;
      response
        .writeHead(200, { 'X-Rucio-Auth-Token': `token-${logins}`, 'X-Rucio-Auth-Account': 'root' })
        .end();
    } else if (request.headers['x-rucio-auth-token'] === 'token-1') {
      response.end('["a", "b"]');
    } else refuse(response, 401, 'CannotAuthenticate', 'The token has ended.');
  });
  const lake = createClient({ url, token: 'old', login: { username: 'ada', password: 'p' } });
  assert.deepEqual(await Promise.all([lake.scopes.list(), lake.scopes.list()]), [
    ['a', 'b'],
    ['a', 'b'],
  ]);
  assert.equal(logins, 1);
});

test('reading is repeated when the lake is away for a moment, changing is not', async () => {
  let calls = 0;
  const url = await lakeThat((_request, response) => {
    calls += 1;
    if (calls % 2 === 1) refuse(response, 503, 'DatabaseException', 'The database does not answer.');
    else response.end('{"version": "1"}');
  });
  const lake = createClient({ url, token: 't' });
  assert.deepEqual(await lake.status.ping(), { version: '1' });
  assert.equal(calls, 2);
  await assert.rejects(lake.rules.remove('00'), { name: 'DatabaseException' });
  assert.equal(calls, 3);
});

test('several accounts: says which', async () => {
  const url = await lakeThat((_request, response) => {
    response.writeHead(206).end('["ada", "root"]');
  });
  await assert.rejects(createClient({ url }).login({ username: 'ada', password: 'p' }), /ada, root/);
});

test('following resumes after the last event when the stream breaks', async () => {
  const asked: (string | null)[] = [];
  const url = await lakeThat((request, response, { searchParams }) => {
    asked.push(searchParams.get('after'));
    assert.equal(request.headers['last-event-id'] ?? null, searchParams.get('after'));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (asked.length === 1) response.end('id: 7\nevent: rule-ok\ndata: {"a":1}\n\nid: 8\ndata: {"cut":');
    else response.write(': still here\n\nid: 8\nevent: transfer-done\ndata: {"b":2}\n\n');
  });
  const stop = new AbortController();
  const states: string[] = [];
  const seen = [];
  const following = createClient({ url, token: 't' }).events({
    signal: stop.signal,
    onState: (state) => states.push(state),
  });
  for await (const event of following) {
    seen.push(event);
    if (seen.length === 2) stop.abort();
  }
  assert.deepEqual(seen, [
    { id: '7', type: 'rule-ok', payload: { a: 1 } },
    { id: '8', type: 'transfer-done', payload: { b: 2 } },
  ]);
  assert.deepEqual(asked, [null, '7']);
  assert.deepEqual(states, ['open', 'broken', 'open']);
});

test('logging out ends the token at the lake and forgets it; one that had ended is fine', async () => {
  const seen: string[] = [];
  const url = await lakeThat((request, response) => {
    const token = String(request.headers['x-rucio-auth-token']);
    seen.push(`${request.method} ${request.url} ${token}`);
    if (token === 'ended') return refuse(response, 401, 'CannotAuthenticate', 'It has ended.');
    if (token === 'old') return refuse(response, 404, 'NotFound', 'There is no such address.');
    response.end();
  });
  for (const token of ['good', 'ended']) {
    const client = createClient({ url, token });
    await client.logout();
    assert.equal(client.token(), undefined);
    await client.logout();
  }
  await assert.rejects(createClient({ url, token: 'old' }).logout());
  assert.deepEqual(
    seen,
    ['good', 'ended', 'old'].map((token) => `DELETE /auth/token ${token}`),
  );
});
