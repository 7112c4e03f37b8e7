import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RuleExplanation } from '@leman/contracts';
import type { Endpoints, FieldApi } from '@leman/contracts/openapi/document';
import { fts } from '@leman/contracts/openapi/fts';
import { lakeEndpoints } from '@leman/contracts/openapi/lake';
import { rucio } from '@leman/contracts/openapi/rucio';
import { transferEndpoints } from '@leman/contracts/openapi/transfer';
import { createIssuer } from '@leman/tokens';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { startUp, type Up } from '../packages/cli/src/testing/run-leman.ts';
import { buildPages } from '../packages/web/test/start-lake.ts';

// A whole lake tells what it serves; its answers are what it tells.

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  security?: object[];
  externalDocs?: { url: string };
  responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}
interface Document {
  openapi: string;
  info: { version: string };
  servers: { url: string }[];
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; responses: Record<string, unknown> };
}

/** A call of an endpoint, and what else its answer must be. */
interface Call {
  path: string;
  headers?: Record<string, string>;
  body?: string;
  check?(answer: unknown): void;
}

/** Schemas are open to members that come later; here nothing is answered that is not described. */
const closed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const inside = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, closed(item)]));
  return 'properties' in value && !('additionalProperties' in value)
    ? { ...inside, additionalProperties: false }
    : inside;
};

/** Throws unless a value is what a schema of the document says. */
const checker = (document: Document) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ $id: 'lake:/', components: closed(document.components) } as object);
  return (schema: object, value: unknown, what: string) => {
    const text = JSON.stringify(closed(schema)).replaceAll('"#/components', '"lake:/#/components');
    const check = ajv.compile(JSON.parse(text) as object);
    assert.ok(
      check(value),
      `${what}: ${ajv.errorsText(check.errors)}\n${JSON.stringify(value).slice(0, 2_000)}`,
    );
  };
};

const operationsOf = (document: Document) =>
  new Map(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
    ),
  );

/** The document is valid, and names every route as one of our own or of the field. */
const checkDocument = async (document: Document, own: Endpoints, field: FieldApi) => {
  assert.equal(document.openapi, '3.1.1');
  const { valid, errors } = await new Validator().validate({ ...structuredClone(document) });
  assert.ok(valid, JSON.stringify(errors));
  const operations = operationsOf(document);
  const unknown = [...operations].filter(([key, { summary }]) => !own[key] && summary === key);
  assert.deepEqual(
    unknown.map(([key]) => key),
    [],
    'neither of our own nor of the field: say in contracts/openapi what it is',
  );
  assert.deepEqual(
    Object.keys(own).filter((key) => !operations.has(key)),
    [],
    'described, but not served',
  );
  for (const [key, { tags, externalDocs }] of operations) {
    assert.ok(
      tags.every((tag) => document.tags.some(({ name }) => name === tag)),
      key,
    );
    assert.equal(externalDocs?.url, own[key] ? undefined : field.url, key);
  }
  const ids = [...operations.values()].map(({ operationId }) => operationId);
  assert.equal(new Set(ids).size, ids.length, 'operationId is unique');
};

/** Calls every endpoint of our own and holds its answer to the document. */
const checkAnswers = async (
  document: Document,
  own: Endpoints,
  calls: Record<string, Call>,
  url: string,
  login: Record<string, string>,
) => {
  assert.deepEqual(Object.keys(calls).sort(), Object.keys(own).sort());
  const operations = operationsOf(document);
  const check = checker(document);
  for (const [key, { path, headers, body, check: look }] of Object.entries(calls)) {
    const { security, responses } = operations.get(key)!;
    const [status, { content }] = Object.entries(responses)[0]!;
    const left = new AbortController();
    const response = await fetch(url + path, {
      method: key.split(' ')[0]!,
      headers: { ...(security?.length === 0 ? {} : login), ...headers },
      redirect: 'manual',
      signal: left.signal,
      ...(body === undefined ? {} : { body }),
    });
    const type = response.headers.get('content-type') ?? '';
    const said = `${key}: ${response.status} ${type}`;
    if (type.startsWith('text/event-stream')) {
      const { value } = await response.body!.getReader().read();
      look?.(new TextDecoder().decode(value));
      left.abort();
    }
    const text = left.signal.aborted ? '' : await response.text();
    assert.equal(response.status, Number(status), `${said} ${text.slice(0, 500)}`);
    if (!content) continue;
    const [[wanted, { schema }]] = Object.entries(content) as [[string, { schema?: object }]];
    assert.equal(type.split(';')[0], wanted, said);
    if (!schema) continue;
    const answer: unknown = JSON.parse(text);
    check(schema, answer, key);
    look?.(answer);
  }
};

describe('OpenAPI', { timeout: 110_000 }, () => {
  let home: string;
  let up: Up;
  let login: Record<string, string>;
  let admin: { username: string; password: string };
  before(async () => {
    buildPages();
    home = await mkdtemp(join(tmpdir(), 'leman-openapi-'));
    up = await startUp(home, ['up', '--empty']);
    admin = JSON.parse(await readFile(up.ready.credentials, 'utf8'));
    login = await logIn();
  });
  after(async () => {
    await up?.end('SIGINT');
    await rm(home, { recursive: true, force: true });
  });

  const logIn = async (): Promise<Record<string, string>> => {
    const { headers } = await fetch(`${up.ready.url}/auth/userpass`, {
      headers: { 'x-rucio-username': admin.username, 'x-rucio-password': admin.password },
    });
    return { 'x-rucio-auth-token': headers.get('x-rucio-auth-token')! };
  };
  const documentAt = async (url: string) => (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  const send = async (method: string, path: string, body: unknown): Promise<unknown> => {
    const answer = await fetch(up.ready.url + path, { method, headers: login, body: JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text.startsWith('[') ? JSON.parse(text) : text;
  };
  const explain = async (rule: string) =>
    (await (
      await fetch(`${up.ready.url}/rules/${rule}/explain`, { headers: login })
    ).json()) as RuleExplanation;

  test('the lake tells what it serves', async () => {
    const document = await documentAt(up.ready.url);
    await checkDocument(document, lakeEndpoints, rucio);
    assert.deepEqual(document.servers, [{ url: up.ready.url }]);
    const { paths } = document;
    assert.deepEqual(paths['/ping']?.get?.security, []);
    assert.equal(paths['/lake/status']?.get?.security, undefined);
    assert.deepEqual(paths['/lake/status']?.get?.responses['200']?.content, {
      'application/json': { schema: { $ref: '#/components/schemas/LakeStatus' } },
    });
    // Not served yet, so not told.
    assert.equal(paths['/subscriptions'], undefined);
  });

  test('the answers of the lake are what it tells', async () => {
    // A file that is not where the catalogue has it, so that its copy fails; and one that nobody wants.
    const lost = { scope: 'sky', name: 'lost', bytes: 10, adler32: '00000001' };
    const unwanted = { ...lost, name: 'unwanted' };
    await send('POST', '/scopes/root/sky', {});
    await send('POST', '/replicas', { rse: 'ALPHA-DISK', files: [lost] });
    await send('POST', '/replicas', { rse: 'GAMMA-SLOW', files: [unwanted] });
    await send('PUT', '/rses/GAMMA-SLOW', { availability_delete: false });
    await send('POST', '/replicas/tombstone', {
      replicas: [{ scope: 'sky', name: 'unwanted', rse: 'GAMMA-SLOW' }],
    });
    await send('POST', '/dids/sky/night', { type: 'DATASET' });
    const [rule] = (await send('POST', '/rules', {
      dids: [{ scope: 'sky', name: 'lost' }],
      account: 'root',
      copies: 1,
      rse_expression: 'BETA-DISK',
    })) as [string];
    for (let tries = 0; tries < 200; tries++) {
      if ((await explain(rule)).causes[0]?.examples[0]?.last_errors.length) break;
      await sleep(100);
    }
    const page = { 'sec-fetch-site': 'same-origin' };
    const item = { rse: 'ALPHA-DISK', scope: 'sky', name: 'lost', operation: 'read' };
    const calls: Record<string, Call> = {
      'GET /lake/status': { path: '/lake/status' },
      'GET /requests/queue': {
        path: '/requests/queue',
        check: (answer) => assert.equal((answer as unknown[]).length, 1),
      },
      'GET /reaper/plan': {
        path: '/reaper/plan?rse=GAMMA-SLOW',
        check: (answer) => assert.equal((answer as { first: unknown[] }).first.length, 1),
      },
      'GET /events': {
        path: '/events?after=0',
        check: (answer) => assert.match(String(answer), /^retry: 1000\nid: 0\n\n/),
      },
      'GET /rules/{rule_id}/explain': {
        path: `/rules/${rule}/explain`,
        check: (answer) => assert.ok((answer as RuleExplanation).causes[0]?.examples[0]?.last_errors[0]),
      },
      'GET /rules/{rule_id}/explain/files': {
        path: `/rules/${rule}/explain/files`,
        check: (answer) => assert.equal((answer as { files: unknown[] }).files.length, 1),
      },
      'POST /credentials/storage-tokens': {
        path: '/credentials/storage-tokens',
        body: JSON.stringify({ items: [item] }),
      },
      'GET /.well-known/openid-configuration': { path: '/.well-known/openid-configuration' },
      'GET /jwks': { path: '/jwks' },
      'DELETE /auth/token': { path: '/auth/token', headers: await logIn() },
      'GET /metrics': { path: '/metrics' },
      'GET /openapi.json': { path: '/openapi.json' },
      'GET /': { path: '/' },
      'GET /ui': { path: '/ui' },
      'GET /ui/{path}': { path: '/ui/rules' },
      'GET /rule': { path: '/rule?rule_id=1' },
      'GET /did': { path: '/did?scope=sky&name=night' },
      'POST /ui/api/login': { path: '/ui/api/login', headers: page, body: JSON.stringify(admin) },
      'POST /ui/api/logout': { path: '/ui/api/logout', headers: page, body: '{}' },
      'GET /ui/api/session': { path: '/ui/api/session' },
      'PUT /ui/api/files/{rse}/{scope}/{name}': {
        path: '/ui/api/files/BETA-DISK/sky/small?dataset=sky:night',
        body: 'bytes',
      },
      'GET /ui/api/files/{scope}/{name}': { path: '/ui/api/files/sky/small' },
      'GET /ui/api/datasets/{scope}/{name}': { path: '/ui/api/datasets/sky/night' },
    };
    const document = await documentAt(up.ready.url);
    await checkAnswers(document, lakeEndpoints, calls, up.ready.url, login);

    const refused = await fetch(`${up.ready.url}/rules/${'0'.repeat(32)}/explain`, { headers: login });
    assert.equal(refused.headers.get('content-type'), 'application/octet-stream');
    checker(document)({ $ref: '#/components/schemas/Error' }, await refused.json(), 'a refusal');
  });

  test('so does the transfer service', async () => {
    const url = up.ready.transfer;
    const document = await documentAt(url);
    await checkDocument(document, transferEndpoints, fts);
    assert.deepEqual(document.paths['/whoami']?.get?.security, undefined);
    const issuer = createIssuer({ keyFile: join(home, 'keys', 'issuer.pem'), issuer: up.ready.url });
    const token = issuer.mint({
      subject: 'leman-conveyor',
      audience: url,
      scopes: '',
      lifetimeSeconds: 600,
    });
    const bearer = { authorization: `Bearer ${token}` };
    const calls: Record<string, Call> = {
      'GET /links': {
        path: '/links',
        check: (answer) => assert.equal((answer as unknown[]).length, 1),
      },
      'GET /why/{fileId}': {
        path: '/why/1',
        check: (answer) => assert.ok((answer as { attempts: unknown[] }).attempts.length),
      },
      'GET /events': { path: '/events?after=0', check: (answer) => assert.match(String(answer), /^: open/) },
      'GET /ping': { path: '/ping' },
      'GET /metrics': { path: '/metrics' },
      'GET /openapi.json': { path: '/openapi.json' },
    };
    await checkAnswers(document, transferEndpoints, calls, url, bearer);
    const refused = await (await fetch(`${url}/why/1`)).json();
    checker(document)({ $ref: '#/components/schemas/Error' }, refused, 'a refusal');
  });
});
