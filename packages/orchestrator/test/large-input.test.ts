import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { tablesChecksum } from '@leman/foundation/testing/tables-checksum';
import { startTestLake, type TestAnswer, type TestLake } from '../src/testing/test-lake.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

describe('large input', () => {
  let lake: TestLake;
  before(async () => {
    lake = await startTestLake();
    await lake.api('POST', '/accounts/root/scopes/large');
    await lake.api('POST', '/dids/large/ds', { type: 'DATASET' });
    await lake.api('POST', '/rses/BIG', {});
  });
  after(() => lake.stop());

  const refused = (answer: TestAnswer, status: number, name: string) => {
    assert.equal(answer.json?.ExceptionClass, name, answer.text.slice(0, 300));
    assert.equal(answer.status, status);
  };

  /** Sends up to 1 GiB in pieces and tells what came back, how much was sent, and by how much the process grew. */
  const flood = (headers: Record<string, string | number>) =>
    new Promise<{ status: number | undefined; sent: number; grown: number }>((resolve) => {
      const piece = Buffer.alloc(MIB, '[');
      const before = process.memoryUsage().rss;
      let [sent, most] = [0, before];
      let status: number | undefined;
      const { hostname, port } = new URL(lake.url);
      const call = request({ hostname, port, method: 'POST', path: '/dids', headers }, (response) => {
        status = response.statusCode;
        // The server reads no more, so nothing would wake a writer that waits.
        call.destroy();
      });
      call.on('error', () => undefined);
      call.on('close', () => resolve({ status, sent, grown: most - before }));
      const more = () => {
        while (sent < GIB && !call.destroyed && status === undefined) {
          sent += MIB;
          most = Math.max(most, process.memoryUsage().rss);
          if (!call.write(piece)) {
            call.once('drain', () => setImmediate(more));
            return;
          }
        }
        if (status === undefined) call.end();
      };
      call.flushHeaders();
      more();
    });

  test('a body of 1 GB is refused before it is read, and memory stays flat', async () => {
    const token = { 'x-rucio-auth-token': lake.root.token };
    for (const [headers, status] of [
      [{ ...token, 'content-length': GIB }, 413],
      [{ ...token, 'transfer-encoding': 'chunked' }, 413],
      [{ 'transfer-encoding': 'chunked' }, 400],
      [{ 'x-rucio-auth-token': 'forged', 'transfer-encoding': 'chunked' }, 401],
    ] as const) {
      const result = await flood(headers);
      assert.equal(result.status, status, JSON.stringify(headers));
      assert.ok(result.sent < GIB / 2, `${result.sent / MIB} MiB were taken`);
      assert.ok(result.grown < 100 * MIB, `grew by ${result.grown / MIB} MiB`);
    }
    assert.equal((await lake.api('GET', '/ping')).status, 200);
  });

  test('10,000 DIDs in one call: refused with what to do, nothing changed', async () => {
    const { sql } = lake.lake;
    const names = Array.from({ length: 10_000 }, (_, index) => ({ scope: 'large', name: `f${index}` }));
    const files = names.map((name) => ({ ...name, bytes: 1, adler32: '00000001' }));
    const sum = await tablesChecksum(sql);
    for (const [path, body] of [
      ['/dids', names.map((name) => ({ ...name, type: 'DATASET' }))],
      ['/replicas', { rse: 'BIG', files }],
      ['/dids/large/ds/dids', { dids: files, rse: 'BIG' }],
      ['/dids/attachments', names.map((name) => ({ ...name, dids: files.slice(0, 1) }))],
    ] as const) {
      const answer = await lake.api('POST', path, body);
      refused(answer, 400, 'InvalidObject');
      assert.match(answer.json.ExceptionMessage, /at most 1000 are taken\. Send several calls/);
    }
    refused(
      await lake.api('POST', '/rules', { dids: names, account: 'root', copies: 1, rse_expression: 'BIG' }),
      409,
      'InvalidObject',
    );
    assert.equal(await tablesChecksum(sql), sum);
  });

  test('10,000 DIDs where only names are read are taken', async () => {
    for (let from = 0; from < 10_000; from += 1000) {
      const files = Array.from({ length: 1000 }, (_, index) => ({
        ...{ scope: 'large', name: `known${from + index}`, bytes: 1, adler32: '00000001' },
      }));
      assert.equal((await lake.api('POST', '/replicas', { rse: 'BIG', files })).status, 201);
      assert.equal((await lake.api('POST', '/dids/large/ds/dids', { dids: files })).status, 201);
    }
    const dids = Array.from({ length: 10_000 }, (_, index) => ({ scope: 'large', name: `known${index}` }));
    const metas = await lake.api('POST', '/dids/bulkmeta', { dids });
    assert.deepEqual([metas.status, metas.json.length], [200, 10_000]);
    const detached = await lake.api('DELETE', '/dids/large/ds/dids', { dids });
    assert.equal(detached.status, 200, detached.text);
    assert.deepEqual((await lake.api('GET', '/dids/large/ds/files')).json, []);
  });

  test('filters: deep, long, with many branches', async () => {
    const search = (filters: string) =>
      lake.api('GET', `/dids/large/dids/search?type=all&filters=${encodeURIComponent(filters)}`);
    for (const [what, filters] of [
      ['deep lists', '['.repeat(1_200) + ']'.repeat(1_200)],
      ['deep dictionaries', `${"{'a': ".repeat(700)}1${'}'.repeat(700)}`],
      ['open brackets', '['.repeat(4_000)],
      ['a call', "__import__('os').system('id')"],
      ['half a string', "[{'name': 'x"],
      ['a huge number', `[{'length.gt': ${'9'.repeat(4_000)}}]`],
      ['an operator nobody knows', "[{'name.regex': '(a+)+$'}]"],
    ]) {
      const { status, json } = await search(filters!);
      assert.ok(status >= 400 && status < 500, `${what}: ${status}`);
      assert.ok(json.ExceptionClass, what);
    }
    const sql = await search(`[{"name'; drop table dids; --": "x' or 1=1 --"}]`);
    assert.deepEqual([sql.status, sql.json], [200, []]);
    const stars = await search(`[{'name': '${'*a'.repeat(200)}'}]`);
    assert.equal(stars.status, 200, stars.text);
    const branches = `[${Array.from({ length: 100 }, (_, index) => `{'name': 'n${index}'}`).join(', ')}]`;
    const many = await search(branches);
    assert.ok(many.status === 200 || many.json.ExceptionClass === 'DIDFilterSyntaxError', many.text);
  });

  test('RSE expressions: deep, long, unclosed', async () => {
    const resolve = (expression: string) =>
      lake.api('GET', `/rses?expression=${encodeURIComponent(expression)}`);
    for (const expression of [
      '('.repeat(4_000),
      `${'('.repeat(2_000)}BIG${')'.repeat(2_000)}`,
      'BIG|'.repeat(2_000),
      "BIG'; drop table rses; --",
      '\\',
      '&&',
      'BIG=*',
      '*=*',
      '<>',
      'a>1>2',
    ] as const) {
      const { status, json } = await resolve(expression);
      assert.ok(
        status === 200 || (status >= 400 && status < 500 && json.ExceptionClass),
        `${expression.slice(0, 30)}: ${status}`,
      );
    }
    assert.equal((await resolve(`${'BIG|'.repeat(500)}BIG`)).status, 200);
  });
});
