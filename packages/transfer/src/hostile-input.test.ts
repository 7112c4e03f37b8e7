import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { hostileBodies, hostileTexts, mutations } from '@leman/foundation/testing/hostile-values';
import { nextTransaction, tablesChecksum } from '@leman/foundation/testing/tables-checksum';
import { type Bench, startBench } from './testing/transfer-bench.ts';

// What the service was not made for, at each place of its REST interface: a refusal in FTS's words, never a fault, and
// nothing is changed by it.

describe('hostile input to the transfer service', { timeout: 100_000 }, () => {
  let bench: Bench;
  let token: string;
  before(async () => {
    // Nothing is copied here: no link may start.
    bench = await startBench({ maxActive: 0 });
    token = bench.tokenOf('admin');
  });
  after(() => bench?.stop());

  const send = async (
    method: string,
    path: string,
    body?: string | Buffer,
    bearer: string | null = token,
  ) => {
    const answer = await fetch(bench.transfer.url + path, {
      method,
      headers: {
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        'content-type': 'application/json',
      },
      ...(body === undefined || method === 'GET' ? {} : { body }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const proper = ({ status, text }: { status: number; text: string }, what: string) => {
    assert.ok(status < 500 || status === 501, `${what}: ${status} ${text.slice(0, 300)}`);
    if (status < 400) return;
    const { status: said, message } = JSON.parse(text) as { status: string; message: string };
    assert.match(said, new RegExp(`^${status} `), `${what}: ${text.slice(0, 300)}`);
    assert.ok(message.length > 0, what);
  };

  const submission = () => ({
    files: [
      {
        sources: ['https://a.example/f'],
        destinations: ['https://b.example/f'],
        source_tokens: ['x'],
        destination_tokens: ['y'],
        filesize: 3,
        checksum: 'adler32:00000001',
        activity: 'default',
        selection_strategy: 'auto',
        metadata: { request_id: 'r' },
        scitag: 100,
      },
    ],
    params: {
      priority: 3,
      retry: 1,
      retry_delay: 1,
      verify_checksum: 'target',
      overwrite: true,
      job_metadata: { issuer: 'test' },
      max_time_in_queue: 1,
      id_generator: 'standard',
    },
  });
  const calls: [string, string, () => Record<string, unknown>][] = [
    ['POST', '/jobs', submission],
    ['PUT', '/jobs', submission],
    ['POST', '/config/global', () => ({ vo_name: 'leman', retry: 1, global_timeout: 7 })],
    [
      'POST',
      '/config/links',
      () => ({
        symbolicname: 'l',
        source: '*',
        destination: '*',
        min_active: 2,
        max_active: 3,
        nostreams: 1,
      }),
    ],
    [
      'POST',
      '/config/se',
      () => ({
        'https://a.example': { se_info: { inbound_max_active: 3, outbound_max_active: 3 }, operations: {} },
      }),
    ],
    ['POST', '/config/activity_shares', () => ({ vo: 'leman', active: true, share: [{ default: 0.5 }] })],
    ['POST', '/ban/se', () => ({ storage: 'https://banned.example', status: 'wait', message: 'why' })],
  ];

  for (const [method, path, make] of calls) {
    test(`bodies of ${method} ${path}`, async () => {
      const { sql } = bench.database;
      const good = await send(method, path, JSON.stringify(make()));
      assert.ok(good.status < 300, good.text);
      const bodies: [string, string | Buffer][] = [...hostileBodies].map(([what, body]) => [what, body]);
      for (const { what, body } of mutations(make)) bodies.push([what, JSON.stringify(body)]);
      for (const [what, body] of bodies) {
        const before = await nextTransaction(sql);
        const first = await send(method, path, body);
        proper(first, `${method} ${path} with ${what}`);
        if (first.status < 400 || (await nextTransaction(sql)) === before) continue;
        const sum = await tablesChecksum(sql);
        await send(method, path, body);
        assert.equal(await tablesChecksum(sql), sum, `${method} ${path} with ${what} changed something`);
      }
    });
  }

  test('paths and queries', async () => {
    const paths = [
      '/jobs/X',
      '/jobs/X/files',
      '/jobs/X/dm',
      '/jobs/X/job_state',
      '/jobs/X/files/X/retries',
      '/why/X',
    ];
    const queries = [
      ...[
        'time_window',
        'limit',
        'state_in',
        'user_dn',
        'source_se',
        'dest_se',
        'fields',
        'dlg_id',
        'vo_name',
      ].map((name) => `/jobs?${name}=X`),
      ...['state_in', 'source_se', 'dest_surl', 'time_window'].map((name) => `/files?${name}=X`),
      ...['/config/links/X', '/config/se?se=X', '/config/activity_shares/X', '/delegation/X', '/links?X=X'],
    ];
    for (const [what, text] of hostileTexts) {
      for (const path of [...paths, ...queries]) {
        proper(await send('GET', path.replaceAll('X', text)), `GET ${path} with ${what}`);
        if (path.startsWith('/jobs/'))
          for (const method of ['POST', 'DELETE'])
            proper(await send(method, path.replaceAll('X', text), '{}'), `${method} ${path} with ${what}`);
      }
    }
  });

  test('tokens: none, forged, of another key, without a signature, expired', async () => {
    const [header, payload] = token.split('.') as [string, string];
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const other = sign('sha256', Buffer.from(`${header}.${payload}`), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    const [key] = bench.issuer.jwks().keys;
    const symmetric = `${encode({ alg: 'HS256', kid: key!.kid })}.${payload}`;
    const secret = createHmac('sha256', JSON.stringify(key)).update(symmetric).digest('base64url');
    for (const [what, bearer] of [
      ['none', null],
      ['no token', 'nonsense'],
      ['no signature', `${encode({ alg: 'none' })}.${payload}.`],
      ['another key', `${header}.${payload}.${other.toString('base64url')}`],
      ['the public key as a secret', `${symmetric}.${secret}`],
      ['a key that is a path', `${encode({ alg: 'ES256', kid: '../../dev/null' })}.${payload}.AAAA`],
      [
        'expired',
        bench.issuer.mint({
          subject: 'admin',
          audience: 'https://transfer.test',
          scopes: '',
          lifetimeSeconds: -120,
        }),
      ],
      [
        'for another service',
        bench.issuer.mint({
          subject: 'admin',
          audience: 'https://else.example',
          scopes: '',
          lifetimeSeconds: 60,
        }),
      ],
    ] as const) {
      for (const [method, path] of [
        ['GET', '/whoami'],
        ['GET', '/jobs'],
        ['POST', '/jobs'],
        ['POST', '/config/se'],
        ['GET', '/events'],
      ] as const) {
        const { status, text } = await send(method, path, JSON.stringify(submission()), bearer);
        assert.equal(status, 401, `${method} ${path} with ${what}: ${text}`);
      }
    }
  });
});
