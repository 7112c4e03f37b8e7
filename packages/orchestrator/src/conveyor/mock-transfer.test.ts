import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { seedFiles, seedRses, seedRule } from '../testing/seed-lake.ts';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

describe('conveyor with the mock transfer tool', () => {
  let lake: TestLake;
  let ids: Record<string, string>;

  before(async () => {
    lake = await startTestLake();
    ids = await seedRses(lake.lake, { SOURCE: {}, TARGET: {}, OTHER: {} });
    await lake.lake
      .sql`insert into config (section, option, value) values ('conveyor', 'transfertool', 'mock')`;
  });
  after(() => lake.stop());

  const rule = async (id: string) => {
    const [row] = await lake.lake
      .sql`select state, locks_ok_cnt, locks_replicating_cnt, locks_stuck_cnt from rules where id = ${id}`;
    return row;
  };

  test('a rule turns OK through submitter, poller and finisher; replicas, history, counters and events follow', async () => {
    const { sql } = lake.lake;
    const files = await seedFiles(lake.lake, 'good', 450, ids.SOURCE);
    const [dataset] = await sql<{ id: number }[]>`
    insert into dids (scope, name, did_type, account, is_open) values ('test', 'good', 'D', 'root', true) returning id`;
    await sql`insert into contents (parent_id, child_id) select ${dataset!.id}, id from unnest(${files}::bigint[]) id`;
    const id = await seedRule(lake.lake, files, ids.TARGET!);
    assert.equal(await lake.drain('conveyor-submitter'), 450);
    assert.equal(await lake.drain('conveyor-poller'), 450);
    assert.equal(await lake.drain('conveyor-finisher'), 450);
    assert.deepEqual(await rule(id), {
      state: 'O',
      locks_ok_cnt: 450,
      locks_replicating_cnt: 0,
      locks_stuck_cnt: 0,
    });
    assert.equal((await sql`select from replicas where rse_id = ${ids.TARGET!} and state = 'A'`).count, 450);
    assert.equal((await sql`select from requests`).count, 0);
    const [copy] = await sql`
    select length, available_length, available_bytes from collection_replicas_now where did_id = ${dataset!.id} and rse_id = ${ids.TARGET!}`;
    assert.deepEqual(copy, { length: 450, available_length: 450, available_bytes: 4500 });
    const history = await lake.api('GET', '/requests/history/test/good.7/TARGET');
    assert.equal(history.status, 200);
    assert.equal(history.json.state, 'DONE');
    assert.equal(history.json.source_rse, 'SOURCE');
    const events =
      await sql`select event_type, count(*) from messages where event_type in ('transfer-done', 'transfer-submitted') group by event_type order by event_type`;
    assert.deepEqual(
      events.map((event) => [event.event_type, event.count]),
      [
        ['transfer-done', 450],
        ['transfer-submitted', 450],
      ],
    );
  });

  test('1,001 requests without a source do not delay the 1,002nd', async () => {
    const { sql } = lake.lake;
    const lost = await seedFiles(lake.lake, 'lost', 1001);
    await seedRule(lake.lake, lost, ids.TARGET!, 5);
    const good = await seedFiles(lake.lake, 'late', 1, ids.SOURCE);
    const late = await seedRule(lake.lake, good, ids.TARGET!, 1);
    await lake.drain('conveyor-submitter');
    await lake.drain('conveyor-poller');
    await lake.drain('conveyor-finisher');
    assert.equal((await rule(late))!.state, 'O');
    const waiting = await sql`select state, reason, count(*) from requests group by state, reason`;
    assert.deepEqual([...waiting], [{ state: 'N', reason: 'NO_SOURCES', count: 1001 }]);
    const one = await lake.api('GET', '/requests/test/lost.0/TARGET');
    assert.equal(one.json.state, 'NO_SOURCES');
    assert.match(one.json.explanation, /no storage has an available copy/);

    // A copy of one of them appears: it goes, the others wait on.
    await sql`insert into replicas (did_id, rse_id, bytes, state, updated_at) values (${lost[3]!}, ${ids.OTHER!}, 10, 'A', now() + interval '1 second')`;
    assert.equal(await lake.drain('conveyor-preparer'), 1);
    assert.equal(await lake.drain('conveyor-submitter'), 1);
    await lake.drain('conveyor-poller');
    await lake.drain('conveyor-finisher');
    const [left] = await sql`select count(*) from requests where state = 'N'`;
    assert.equal(left!.count, 1000);
    await sql`delete from requests`;
  });

  test('what is closed waits with its reason, and goes when it is opened', async () => {
    const { sql } = lake.lake;
    const files = await seedFiles(lake.lake, 'closed', 3, ids.SOURCE);
    const id = await seedRule(lake.lake, files, ids.TARGET!);
    await sql`update rses set availability_read = false where rse = 'SOURCE'`;
    lake.lake.wakeups.wake('rses');
    await lake.drain('conveyor-submitter');
    const [waiting] = await sql`select state, reason, err_msg from requests limit 1`;
    assert.deepEqual(waiting, {
      state: 'W',
      reason: 'SOURCE_UNAVAILABLE',
      err_msg: 'Every source is closed for reading: SOURCE',
    });
    await sql`update rses set availability_read = true where rse = 'SOURCE'`;
    lake.lake.wakeups.wake('rses');
    await sql`update requests set next_attempt_at = now() - interval '1 second'`;
    assert.equal(await lake.drain('conveyor-preparer'), 3);
    for (const daemon of ['conveyor-submitter', 'conveyor-poller', 'conveyor-finisher'])
      await lake.drain(daemon);
    assert.equal((await rule(id))!.state, 'O');
  });

  test('a claim that was left behind goes back to the queue; a second outcome changes nothing', async () => {
    const { sql } = lake.lake;
    const files = await seedFiles(lake.lake, 'lease', 2, ids.SOURCE);
    const id = await seedRule(lake.lake, files, ids.TARGET!);
    await sql`update requests set state = 'G', next_attempt_at = now() - interval '1 second'`;
    assert.equal(await lake.drain('conveyor-submitter'), 0);
    assert.equal(await lake.drain('conveyor-preparer'), 2);
    for (const daemon of ['conveyor-submitter', 'conveyor-poller', 'conveyor-finisher'])
      await lake.drain(daemon);
    assert.equal(await lake.drain('conveyor-finisher'), 0);
    assert.deepEqual(await rule(id), {
      state: 'O',
      locks_ok_cnt: 2,
      locks_replicating_cnt: 0,
      locks_stuck_cnt: 0,
    });
  });

  test('a canceled request is filed and dropped', async () => {
    const { sql } = lake.lake;
    const files = await seedFiles(lake.lake, 'cancel', 2, ids.SOURCE);
    await seedRule(lake.lake, files, ids.TARGET!);
    await sql`update replicas set state = 'U' where state = 'C'`;
    await sql`update requests set state = 'U', reason = 'CANCELED', next_attempt_at = now() - interval '1 second'`;
    assert.equal(await lake.drain('conveyor-submitter'), 0);
    assert.equal(await lake.drain('conveyor-canceler'), 2);
    assert.equal((await sql`select from requests`).count, 0);
    assert.equal((await sql`select from requests_history where reason = 'CANCELED'`).count, 2);
  });

  test('a request for a file that is gone goes too, and holds up nothing', async () => {
    const { sql } = lake.lake;
    await sql`insert into requests (did_id, dest_rse_id, bytes, state) values (-1, ${ids.TARGET!}, 1, 'D'), (-2, ${ids.TARGET!}, 1, 'Q')`;
    await sql`update requests set next_attempt_at = '2026-01-01' where did_id = -2`;
    await lake.drain('conveyor-submitter');
    await lake.drain('conveyor-finisher');
    assert.equal((await sql`select from requests`).count, 0);
  });
});
