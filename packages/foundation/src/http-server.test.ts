import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { fail } from '@leman/contracts';
import {
  createHttpServer,
  type HttpServer,
  jsonBody,
  listen,
  requireAccept,
  sendJson,
  sendJsonStream,
} from './http-server.ts';
import { redactUrl, silentLog } from './log.ts';

let server: HttpServer;
let url: string;

before(async () => {
  server = createHttpServer({
    service: 'test',
    log: silentLog,
    bodyLimit: 1000,
    allowedOrigins: ['http://page.example'],
  });
  server.post('/dictionary', async (request, reply) => sendJson(reply, jsonBody(request)));
  server.get('/refused', async () => {
    throw fail('ScopeNotFound', "Scope 'x' does not exist.\nAdd it first.");
  });
  server.get('/broken', async () => {
    throw new Error('secret detail');
  });
  server.get('/stream', async (request, reply) => {
    requireAccept(request, ['application/x-json-stream']);
    const { fails } = request.query as { fails?: string };
    return sendJsonStream(
      reply,
      (async function* () {
        if (fails) throw fail('RuleNotFound', 'no rule');
        for (let i = 0; i < 30_000; i++) yield { i };
      })(),
    );
  });
  url = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`;
});
after(() => server.close());

test('bodies are JSON without a content type; what is not is refused in the words of the field', async () => {
  const send = (body: string) => fetch(`${url}/dictionary`, { method: 'POST', body });
  assert.deepEqual(await (await send('{"a":1}')).json(), { a: 1 });
  for (const [body, status, name] of [
    ['', 400, 'ValueError'],
    ['{', 400, 'ValueError'],
    ['[1]', 400, 'TypeError'],
    ['null', 400, 'TypeError'],
    [`{"a":"${'x'.repeat(2000)}"}`, 413, 'PayloadTooLarge'],
  ] as const) {
    const answer = await send(body);
    assert.equal(answer.status, status);
    assert.equal(((await answer.json()) as { ExceptionClass: string }).ExceptionClass, name);
  }
});

test('errors carry class and message in headers and body, and nothing of the inside', async () => {
  const refused = await fetch(`${url}/refused`);
  assert.equal(refused.status, 404);
  assert.equal(refused.headers.get('exceptionclass'), 'ScopeNotFound');
  assert.equal(refused.headers.get('exceptionmessage'), "Scope 'x' does not exist. Add it first.");
  assert.equal(refused.headers.get('content-type'), 'application/octet-stream');
  const broken = await fetch(`${url}/broken`);
  assert.equal(broken.status, 500);
  assert.doesNotMatch(await broken.text(), /secret detail/);
  assert.equal((await fetch(`${url}/nowhere`)).status, 404);
  // Refused by the framework, before any route.
  const undecodable = await fetch(`${url}/%e0%a4%a`);
  assert.deepEqual([undecodable.status, undecodable.headers.get('exceptionclass')], [400, 'ValueError']);
});

test('streams: one document a line, exact content type, an error of the first element has its status', async () => {
  const good = await fetch(`${url}/stream/`);
  assert.equal(good.headers.get('content-type'), 'application/x-json-stream');
  const lines = (await good.text()).trimEnd().split('\n');
  assert.equal(lines.length, 30_000);
  assert.deepEqual(JSON.parse(lines[29_999]!), { i: 29_999 });
  assert.equal((await fetch(`${url}/stream?fails=1`)).status, 404);
  assert.equal((await fetch(`${url}/stream`, { headers: { accept: 'text/html' } })).status, 406);
});

test('other origins are answered only when allowed', async () => {
  const preflight = (origin: string) => fetch(`${url}/refused`, { method: 'OPTIONS', headers: { origin } });
  assert.equal((await preflight('http://page.example')).status, 204);
  assert.equal((await preflight('http://evil.example')).status, 403);
  assert.equal(
    (await fetch(`${url}/refused`, { headers: { origin: 'http://evil.example' } })).headers.get(
      'access-control-allow-origin',
    ),
    null,
  );
  for (const origin of ['null', 'http://[', '', 'x'])
    assert.equal((await fetch(`${url}/refused`, { headers: { origin } })).status, 404);
});

test('credentials in URLs do not reach a log', () => {
  assert.equal(redactUrl('https://h/p?authz=Bearer%20abc&x=1'), 'https://h/p?authz=[redacted]&x=1');
  assert.equal(redactUrl('https://user:pass@h/p'), 'https://[redacted]@h/p');
});
