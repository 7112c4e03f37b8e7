import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { seedFiles, seedRses, seedRule } from '../testing/seed-lake.ts';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

describe('requests', () => {
  let lake: TestLake;
  let ids: Record<string, string>;

  before(async () => {
    lake = await startTestLake();
    ids = await seedRses(lake.lake, {
      SOURCE: { attributes: { site: 'HERE' } },
      TARGET: { attributes: { site: 'THERE' } },
    });
    const files = await seedFiles(lake.lake, 'req', 6, ids.SOURCE);
    await seedRule(lake.lake, files, ids.TARGET!);
    const { sql } = lake.lake;
    await sql`insert into config (section, option, value) values ('conveyor', 'transfertool', 'mock')`;
    await sql`update requests set next_attempt_at = now() + interval '1 hour' where did_id = any(${files.slice(0, 2)}::bigint[])`;
    await lake.drain('conveyor-submitter');
    await sql`update requests set transfertool = 'fts3' where did_id = ${files[2]!}`;
    await lake.drain('conveyor-poller');
    await lake.drain('conveyor-finisher');
    await seedRule(lake.lake, await seedFiles(lake.lake, 'none', 2), ids.TARGET!);
    await lake.drain('conveyor-submitter');
  });
  after(() => lake.stop());

  test('one request, and one of the history', async () => {
    const { status, json } = await lake.api('GET', '/requests/test/req.0/TARGET');
    assert.equal(status, 200);
    assert.deepEqual(
      [json.state, json.request_type, json.did_type, json.dest_rse, json.bytes],
      ['QUEUED', 'TRANSFER', 'FILE', 'TARGET', 10],
    );
    const past = await lake.api('GET', '/requests/history/test/req.5/TARGET');
    assert.deepEqual([past.json.state, past.json.source_rse], ['DONE', 'SOURCE']);
    const missing = await lake.api('GET', '/requests/test/req.5/TARGET');
    assert.deepEqual([missing.status, missing.json.ExceptionClass], [404, 'RequestNotFound']);
    assert.equal(
      (await lake.api('GET', '/requests/history/test/req.0/TARGET')).json.ExceptionClass,
      'RequestNotFound',
    );
    assert.equal((await lake.api('GET', '/requests/test/req.0/NOWHERE')).json.ExceptionClass, 'RSENotFound');
  });

  test('names with slashes, encoded and raw', async () => {
    const [slashed] = await seedFiles(lake.lake, 'a/b', 1, ids.SOURCE);
    await lake.lake
      .sql`insert into requests (did_id, dest_rse_id, bytes, state) values (${slashed!}, ${ids.TARGET!}, 10, 'W')`;
    for (const path of ['/requests/test/a%2Fb.0/TARGET', '/requests/test/a/b.0/TARGET']) {
      assert.equal((await lake.api('GET', path)).json.name, 'a/b.0', path);
    }
    for (const path of ['/requests/history/test/a%2Fb.0/TARGET', '/requests/history/test/a/b.0/TARGET']) {
      assert.match((await lake.api('GET', path)).json.ExceptionMessage, /test:a\/b\.0 at RSE TARGET/, path);
    }
    await lake.lake.sql`delete from requests where did_id = ${slashed!}`;
    await lake.lake.sql`delete from replicas where did_id = ${slashed!}`;
    await lake.lake.sql`delete from rse_counter_deltas where id = (select max(id) from rse_counter_deltas)`;
  });

  test('lists between storages and between sites', async () => {
    const queued = await lake.api('GET', '/requests/list?src_rse=SOURCE&dst_rse=TARGET&request_states=Q,S');
    assert.deepEqual(
      queued.json.map((row: { name: string; state: string }) => [row.name, row.state]).sort(),
      [
        ['req.0', 'QUEUED'],
        ['req.1', 'QUEUED'],
        ['req.2', 'SUBMITTED'],
      ],
    );
    const sites = await lake.api('GET', '/requests/list?src_site=HERE&dst_site=THERE&request_states=S');
    assert.equal(sites.json.length, 1);
    const ended = await lake.api(
      'GET',
      '/requests/history/list?src_rse=SOURCE&dst_rse=TARGET&request_states=D&offset=1&limit=1',
    );
    assert.equal(ended.json.length, 1);
  });

  test('bad input for the lists', async () => {
    const cases: [string, number, string][] = [
      ['', 400, 'MissingParameter'],
      ['?request_states=Q', 400, 'MissingParameter'],
      ['?src_rse=SOURCE&request_states=Q', 400, 'MissingParameter'],
      ['?dst_rse=TARGET&request_states=Q', 400, 'MissingParameter'],
      ['?src_site=HERE&request_states=Q', 400, 'MissingParameter'],
      ['?src_rse=SOURCE&dst_rse=TARGET', 400, 'MissingParameter'],
      ['?src_rse=SOURCE&dst_rse=TARGET&request_states=Z', 400, 'ValueError'],
      ['?src_rse=X&dst_rse=TARGET&request_states=Q', 404, 'RSENotFound'],
      ['?src_site=X&dst_site=THERE&request_states=Q', 404, 'NotFound'],
    ];
    for (const [query, status, name] of cases) {
      for (const path of ['/requests/list', '/requests/history/list']) {
        const answer = await lake.api('GET', path + query);
        assert.deepEqual([answer.status, answer.json.ExceptionClass], [status, name], path + query);
      }
    }
    const page = await lake.api(
      'GET',
      '/requests/history/list?src_rse=SOURCE&dst_rse=TARGET&request_states=D&limit=x',
    );
    assert.equal(page.status, 400);
    const { token } = await lake.newAccount('jdoe');
    const denied = await lake.api(
      'GET',
      '/requests/list?src_rse=SOURCE&dst_rse=TARGET&request_states=Q',
      undefined,
      { token },
    );
    assert.deepEqual([denied.status, denied.json.ExceptionClass], [401, 'AccessDenied']);
    const type = await lake.api('GET', '/requests/list', undefined, { headers: { accept: 'text/html' } });
    assert.equal(type.status, 406);
  });

  test('metrics in the field’s shape', async () => {
    const stream = await lake.api('GET', '/requests/metrics?src_rse=SOURCE');
    const [link] = stream.json;
    assert.deepEqual([link.src_rse, link.dst_rse, link.distance], ['SOURCE', 'TARGET', 1]);
    assert.equal(link.files['done-total-1h'], 3);
    assert.equal(link.bytes['done-total-6h'], 30);
    assert.equal(link.files['queued-total'], 1);
    const panda = await lake.api('GET', '/requests/metrics?format=panda&group_by_rse_attribute=site');
    assert.equal(panda.json['HERE:THERE'].files.done['User Subscriptions']['1h'], 3);
    assert.equal((await lake.api('GET', '/requests/metrics?dst_rse=NOWHERE')).status, 404);
  });

  test('the queue says what waits and why', async () => {
    const { json } = await lake.api('GET', '/requests/queue');
    const waiting = json.find((group: { reason: string }) => group.reason === 'NO_SOURCES');
    assert.deepEqual([waiting.state, waiting.files, waiting.bytes], ['NO_SOURCES', 2, 20]);
    assert.match(waiting.example, /no storage has an available copy/);
  });

  test('the lake’s status', async () => {
    const { status, json } = await lake.api('GET', '/lake/status');
    assert.equal(status, 200);
    assert.deepEqual(
      [json.transfers.queued, json.transfers.submitted, json.transfers.waiting],
      [2, 1, [{ reason: 'NO_SOURCES', files: 2, bytes: 20 }]],
    );
    assert.deepEqual(json.links, [
      {
        source: 'SOURCE',
        destination: 'TARGET',
        active: 1,
        last_15m: { done: 3, failed: 0, bytes: 30 },
        last_1h: { done: 3, failed: 0, bytes: 30 },
      },
    ]);
    const source = json.rses.find((rse: { rse: string }) => rse.rse === 'SOURCE');
    assert.deepEqual(
      [source.source, source.used, source.free, source.files, source.site],
      ['rucio', 60, null, 6, 'HERE'],
    );
    assert.equal(json.throughput.at(-1).done, 3);
    assert.equal(json.backlog['conveyor-submitter'], 2);
  });

  test('transfer limits live at the transfer service', async () => {
    assert.deepEqual((await lake.api('GET', '/requests/transfer_limits')).text, '');
    const put = await lake.api('PUT', '/requests/transfer_limits', {
      rse_expression: 'TARGET',
      max_transfers: 1,
    });
    assert.deepEqual([put.status, put.json.ExceptionClass], [501, 'NotImplemented']);
    const { token } = await lake.newAccount('jane');
    assert.equal((await lake.api('PUT', '/requests/transfer_limits', {}, { token })).status, 401);
  });
});
