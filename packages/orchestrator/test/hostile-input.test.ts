import assert from 'node:assert/strict';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { errorRegistry } from '@leman/contracts';
import {
  hostileBodies,
  hostileTexts,
  hostileValues,
  mutations,
} from '@leman/foundation/testing/hostile-values';
import { nextTransaction, tablesChecksum } from '@leman/foundation/testing/tables-checksum';
import { rooms } from '../src/orchestrator.ts';
import { seedFiles, seedRses } from '../src/testing/seed-lake.ts';
import { startTestLake, type TestLake } from '../src/testing/test-lake.ts';
import type { World } from './good-calls/world.ts';
import { goodCalls } from './good-calls.ts';
import { queryNames } from './query-names.ts';

// Every endpoint, every key of its body, every part of its path and every parameter of its query gets what it was not
// made for. The answer is a success or a refusal in the words of the field, never a fault; a refusal changes nothing.

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** What a lake answers that cannot do a thing, or not now. */
const HONEST_FAULTS = new Set(['NotImplemented', 'ResourceTemporaryUnavailable']);

describe('hostile input', { timeout: 110_000 }, () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  let lake: TestLake;
  let world: World;
  let passing: { token: string };
  let number = 0;
  const fresh = () => `n${(number++).toString(36)}`;

  before(async () => {
    lake = await startTestLake();
    const ids = await seedRses(
      lake.lake,
      Object.fromEntries(
        ['ONE', 'TWO', 'THREE'].map((rse) => [
          rse,
          { url: `davs://${rse.toLowerCase()}.example.org:443/data`, attributes: { [rse]: 'true' } },
        ]),
      ),
    );
    await lake.newAccount('guest');
    passing = await lake.newAccount('passing');
    await seedFiles(lake.lake, 'f', 2, ids.ONE);
    await seedFiles(lake.lake, 'g', 2, ids.TWO);
    await lake.api('POST', '/dids/test/ds', {
      type: 'DATASET',
      dids: [{ scope: 'test', name: 'f.0', bytes: 10 }],
    });
    await lake.api('POST', '/meta_conventions/colours', { key_type: 'ALL' });
    const rule = async () => {
      const name = fresh();
      await lake.api('POST', `/dids/test/${name}`, { type: 'DATASET' });
      const dids = [{ scope: 'test', name }];
      const made = await lake.api('POST', '/rules', {
        dids,
        account: 'root',
        copies: 2,
        rse_expression: 'ONE|TWO',
      });
      return made.json[0] as string;
    };
    world = { lake, fresh, rule };
  });
  after(async () => {
    agent.destroy();
    await lake.stop();
  });

  /** Sends the path as it is: nothing is resolved or escaped on the way. */
  const send = (
    method: string,
    path: string,
    body?: string | Buffer,
    headers: Record<string, string> = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(lake.url);
      const sent = request(
        {
          agent,
          method,
          hostname,
          port,
          path,
          headers: {
            // Root's own must outlive the call that ends the token it is sent with.
            'x-rucio-auth-token': path.startsWith('/auth/token') ? passing.token : lake.root.token,
            ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
            ...headers,
          },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              text: Buffer.concat(parts).toString(),
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });

  /** A success, or a refusal of the registry that tells nothing of the inside and sets nothing. */
  const proper = (answer: Answer, what: string) => {
    const name = String(answer.headers.exceptionclass ?? '');
    const told = `${what}: ${answer.status} ${answer.text.slice(0, 300)}`;
    assert.equal(answer.headers['set-cookie'], undefined, told);
    if (answer.status < 400) return;
    // Redirections are for browsers: the field answers them with a line of text.
    if (what.includes('/redirect/') && answer.text.startsWith('no redirection possible')) return;
    assert.ok(Object.hasOwn(errorRegistry, name), told);
    assert.ok(answer.status < 500 || HONEST_FAULTS.has(name), told);
    const { ExceptionClass, ExceptionMessage } = JSON.parse(answer.text);
    assert.equal(ExceptionClass, name, told);
    assert.ok(
      ExceptionMessage.length > 0 && ExceptionMessage.length < 3_000,
      `${what}: ${ExceptionMessage.length}`,
    );
  };

  const fill = (path: string, params: Record<string, string>) =>
    path.replaceAll(/:(\w+)/g, (_match, name: string) => params[name] ?? 'x');

  /** All routes that the rooms declare, as `METHOD /path`. */
  const routes = (): string[] => {
    const found: string[] = [];
    const declare = (method: string) => (url: string) => found.push(`${method} ${url}`);
    const recorder = {
      get: declare('GET'),
      post: declare('POST'),
      put: declare('PUT'),
      delete: declare('DELETE'),
      route: ({ method, url }: { method: string; url: string }) => found.push(`${method} ${url}`),
      addHook: () => undefined,
      decorateRequest: () => undefined,
    };
    for (const room of rooms)
      room.routes?.(recorder as unknown as Parameters<NonNullable<typeof room.routes>>[0], lake.lake);
    return found;
  };

  test('every endpoint that reads a body has a good call here', async () => {
    const described = new Set(goodCalls.map((call) => call.route));
    const wanting: string[] = [];
    for (const route of routes()) {
      const [method, path] = route.split(' ') as [string, string];
      if (described.has(route) || method === 'GET') continue;
      const { text } = await send(method, fill(path, {}), '{');
      if (/cannot decode json/.test(text)) wanting.push(route);
    }
    assert.deepEqual(wanting, []);
    const declared = new Set(routes());
    assert.deepEqual(
      [...described].filter((route) => !declared.has(route)),
      [],
    );
  });

  /**
   * Fires a call; when it is refused, every row of every table must be what it was before. Most refusals come before
   * anything is written, which the number of the next transaction tells; the others are held to sums of the tables.
   */
  const watchTables = () => {
    const { sql } = lake.lake;
    let known = { next: '', sum: '' };
    const sumNow = async () => {
      const sum = await tablesChecksum(sql);
      known = { next: await nextTransaction(sql), sum };
      return sum;
    };
    return async (fire: () => Promise<Answer>, what: string): Promise<Answer> => {
      const before = await nextTransaction(sql);
      const summed = known.next === before;
      const answer = await fire();
      if (answer.status < 400 || (await nextTransaction(sql)) === before) return answer;
      if (!summed) {
        await sumNow();
        await fire();
      }
      const [was, is] = [known.sum, await sumNow()];
      assert.equal(is, was, `${what} was refused and changed something`);
      return answer;
    };
  };

  for (const [position, call] of goodCalls.entries()) {
    test(`bodies of ${call.route} (${position})`, async () => {
      const [method, path] = call.route.split(' ') as [string, string];
      const watched = watchTables();
      let target: string | undefined;
      let last = '';
      const fire = async (body: string | Buffer, what: string): Promise<boolean> => {
        target ??= fill(path, (await call.params?.(world)) ?? {});
        const url = target;
        const answer = await watched(() => send(method, url, body), `${call.route} with ${what}`);
        proper(answer, `${call.route} with ${what}`);
        last = answer.text;
        if (answer.status < 400) target = undefined;
        return answer.status < 400;
      };
      const good = () => JSON.stringify(call.body(world));
      assert.equal(await fire(good(), 'what it is made for'), !call.refused, last);
      for (const key of call.needs ?? []) {
        const { [key]: _left, ...rest } = call.body(world) as Record<string, unknown>;
        assert.equal(
          await fire(JSON.stringify(rest), `no ${key}`),
          false,
          `${call.route} needs ${key}: ${last}`,
        );
      }
      for (const [what, body] of hostileBodies) await fire(body, what);
      await fire(
        good().replace(/^\{/, '{"__proto__": {"isAdmin": true}, "scope": "a", "scope": "b", '),
        'keys twice',
      );
      for (const { what, body } of mutations(() => call.body(world))) await fire(JSON.stringify(body), what);
    });
  }

  test('a token of another account changes nothing of anybody', async () => {
    const guest = await lake.newAccount('stranger');
    const headers = { 'x-rucio-auth-token': guest.token };
    const watched = watchTables();
    const taken: string[] = [];
    for (const call of goodCalls) {
      const [method, path] = call.route.split(' ') as [string, string];
      const url = fill(path, (await call.params?.(world)) ?? {});
      const body = JSON.stringify(call.body(world));
      const answer = await watched(() => send(method, url, body, headers), `${call.route} by a stranger`);
      proper(answer, `${call.route} by a stranger`);
      if (answer.status < 400) taken.push(call.route);
      else if (!call.refused)
        assert.equal(answer.headers.exceptionclass, 'AccessDenied', `${call.route}: ${answer.text}`);
    }
    // What anybody may: read, say what looked wrong, and tell what one did.
    assert.deepEqual(taken, [
      'POST /dids/bulkfiles',
      'POST /dids/bulkmeta',
      'POST /replicas/list',
      'POST /replicas/datasets_bulk',
      'POST /replicas/dids',
      'POST /replicas/suspicious',
      'POST /credentials/storage-tokens',
      'POST /traces',
      'POST /nongrid_traces',
      'POST /locks/bulk_locks_for_dids',
    ]);
    const items = [{ rse: 'ONE', scope: 'test', name: 'f.0', operation: 'write' }];
    const writing = await send('POST', '/credentials/storage-tokens', JSON.stringify({ items }), headers);
    assert.equal(writing.headers.exceptionclass, 'AccessDenied', writing.text);
    // Anybody may end the token they hold.
    const own = 'DELETE /auth/token';
    for (const route of routes().filter((one) => one.startsWith('DELETE ') && one !== own)) {
      const params = {
        account: 'guest',
        scope: 'test',
        name: 'ds',
        rse: 'ONE',
        source: 'ONE',
        destination: 'TWO',
      };
      const url = fill(route.slice('DELETE '.length), {
        ...params,
        expression: 'ONE',
        rule_id: await world.rule(),
      });
      const answer = await watched(() => send('DELETE', url, '{}', headers), `${route} by a stranger`);
      assert.ok(answer.status >= 400, `${route}: ${answer.text}`);
    }
  });

  test('paths: every part of every path', async () => {
    const all = routes().filter((route) => route.includes(':'));
    for (const route of all) {
      const [method, path] = route.split(' ') as [string, string];
      const names = [...path.matchAll(/:(\w+)/g)].map((match) => match[1]!);
      const call = goodCalls.find((one) => one.route === route);
      const params = {
        ...{ account: 'guest', scope: 'test', name: 'ds', rse: 'ONE', source: 'ONE', destination: 'TWO' },
        ...((await call?.params?.(world)) ?? {}),
      };
      for (const name of names) {
        await Promise.all(
          hostileTexts.map(async ([what, text]) => {
            const target = fill(path, { ...params, [name]: text });
            const body = method === 'GET' ? undefined : JSON.stringify(call?.body(world) ?? {});
            proper(await send(method, target, body), `${method} ${path} with ${name} = ${what}`);
          }),
        );
      }
    }
  });

  test('queries: every parameter of every path', async () => {
    const { sql } = lake.lake;
    const sum = await tablesChecksum(sql);
    let at = 0;
    for (const route of routes()) {
      const [method, path] = route.split(' ') as [string, string];
      if (method !== 'GET' || path === '/events') continue;
      const names = queryNames.find(([pattern]) => pattern.test(path))?.[1] ?? ['nobody_knows'];
      const target = fill(path, {
        ...{ account: 'guest', scope: 'test', name: 'ds', rse: 'ONE', source: 'ONE', destination: 'TWO' },
      });
      // One in three for each parameter here; each parameter is read by several paths.
      const asked = names.flatMap((name) =>
        [
          ...hostileTexts.map(([what, text]) => [what, `${name}=${text}`]),
          ['twice', `${name}=1&${name}=2`],
          ['a list', `${name}[]=1&${name}[a]=2`],
          ['nothing', `${name}`],
        ].filter(() => at++ % 3 === 0),
      );
      for (let from = 0; from < asked.length; from += 8) {
        await Promise.all(
          asked
            .slice(from, from + 8)
            .map(async ([what, query]) =>
              proper(
                await send(method, `${target}?${query}`),
                `${path} with ${query!.slice(0, 60)} (${what})`,
              ),
            ),
        );
      }
    }
    assert.equal(await tablesChecksum(sql), sum);
  });

  test('paths that climb, and methods nobody knows', async () => {
    for (const path of [
      '/../../etc/passwd',
      '/dids/../accounts',
      '/dids/%2e%2e/%2e%2e',
      '/dids/test/..',
      '/dids/test/..%2f..%2fx/files',
      '/dids/test/%00',
      '//evil.example/x',
      `/dids/test/${'a/'.repeat(3_000)}`,
      '/%',
      '/dids/%zz/x',
      `/?${'a=1&'.repeat(3_000)}`,
      '/dids/test/a%2',
    ]) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE'])
        proper(await send(method, path), `${method} ${path.slice(0, 60)}`);
    }
    for (const method of ['PATCH', 'PROPFIND', 'OPTIONS']) {
      const { status } = await send(method, '/dids/test/ds');
      assert.ok(status >= 400 && status < 500, `${method} ${status}`);
    }
  });

  test('headers', async () => {
    const values = [
      '',
      ' ',
      '[',
      'http://[',
      'null',
      'x'.repeat(7_000),
      '\u00ff\u00fe',
      "' or 1=1 --",
      '../..',
      '-1',
    ];
    for (const name of [
      ...['origin', 'accept', 'content-type', 'x-rucio-auth-token', 'x-rucio-account', 'x-rucio-username'],
      ...[
        'x-rucio-password',
        'x-rucio-appid',
        'x-forwarded-for',
        'authorization',
        'cookie',
        'range',
        'last-event-id',
      ],
      ...['access-control-request-headers', 'if-none-match', 'x-rucio-ssh-signature', 'x-rucio-vo'],
    ]) {
      for (const value of values) {
        for (const path of [
          '/dids/test/ds',
          '/auth/userpass',
          '/auth/ssh',
          '/auth/ssh_challenge_token',
          '/auth/validate',
          '/replicas/test/f.0',
        ]) {
          proper(
            await send('GET', path, undefined, { [name]: value }),
            `${path} with ${name}: ${value.slice(0, 40)}`,
          );
        }
        proper(
          await send('POST', '/replicas/list', '{"dids": []}', { [name]: value }),
          `${name}: ${value.slice(0, 40)}`,
        );
      }
    }
  });

  test('the lake is as it was: all tables, no new rights, still answering', async () => {
    assert.equal(({} as { isAdmin?: boolean }).isAdmin, undefined);
    assert.ok(hostileValues.length > 20);
    assert.equal((await send('GET', '/ping')).status, 200);
    assert.equal((await send('GET', '/dids/test/ds')).status, 200);
    const guest = await lake.newAccount('guest');
    const answer = await send('GET', '/config', undefined, { 'x-rucio-auth-token': guest.token });
    assert.equal(answer.headers.exceptionclass, 'AccessDenied');
  });
});
