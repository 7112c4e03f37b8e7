import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from '@leman/foundation';
import { attachDids } from '../dids/attach-dids.ts';
import { placeLocks } from '../locks/place-locks.ts';
import { retryLocks } from '../locks/retry-locks.ts';
import { claimDeletable } from '../reaper/claim-deletable.ts';
import type { DeletionTarget } from '../reaper/deletion-targets.ts';
import { settleDeletions } from '../reaper/settle-deletions.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { seedFiles, seedRses, seedRule } from '../testing/seed-lake.ts';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

describe('copies that come and go at the moment of something else', () => {
  let lake: TestLake;
  let ids: Record<string, string>;

  before(async () => {
    lake = await startTestLake();
    ids = await seedRses(lake.lake, { FROM: {}, TO: {} });
    await lake.lake
      .sql`insert into config (section, option, value) values ('conveyor', 'transfertool', 'mock')`;
  });
  after(() => lake.stop());

  const newDataset = async (name: string): Promise<number> => {
    const [row] = await lake.lake.sql<{ id: number }[]>`
      insert into dids (scope, name, did_type, account, is_open) values ('test', ${name}, 'D', 'root', true) returning id`;
    return row!.id;
  };
  const held = async (dataset: number, rse: string) => {
    const [row] = await lake.lake.sql`
      select length, available_length from collection_replicas_now where did_id = ${dataset} and rse_id = ${rse}`;
    return row;
  };
  /** Attaches a file, lets `work` begin before that is committed, and commits once it waits or has ended. */
  const whileAttaching = async (dataset: string, file: string, work: () => Promise<unknown>) => {
    const { sql } = lake.lake;
    let working: Promise<unknown> | undefined;
    await sql.begin(async (tx: Transaction) => {
      const dids = [{ scope: 'test', name: file }];
      await attachDids(tx, [{ scope: 'test', name: dataset, dids }], { account: 'root', now: new Date() });
      let ended = false;
      working = work().finally(() => {
        ended = true;
      });
      for (;;) {
        const [row] = await sql<{ waiting: boolean }[]>`
          select exists (select from pg_locks where not granted) as waiting`;
        if (row!.waiting || ended) break;
        await sleep(5);
      }
    });
    await working;
  };

  test('a copy that arrives while its file is attached counts as available in the dataset', async () => {
    const [file] = await seedFiles(lake.lake, 'arriving', 1, ids.FROM);
    await seedRule(lake.lake, [file!], ids.TO!);
    const dataset = await newDataset('arriving');
    await lake.drain('conveyor-submitter');
    await lake.drain('conveyor-poller');
    await whileAttaching('arriving', 'arriving.0', () => lake.drain('conveyor-finisher'));
    assert.deepEqual(await held(dataset, ids.TO!), { length: 1, available_length: 1 });
  });

  test('a copy that arrived at the moment its stuck lock is brought back is not copied again', async () => {
    const { sql } = lake.lake;
    const [file] = await seedFiles(lake.lake, 'brought', 1, ids.FROM);
    const id = await seedRule(lake.lake, [file!], ids.TO!);
    await sql`update locks set state = 'S' where rule_id = ${id}`;
    await sql`update replicas set state = 'A' where did_id = ${file!}`;
    await sql`delete from requests where did_id = ${file!}`;
    const rule = {
      id,
      account: 'root',
      activity: 'User Subscriptions',
      priority: 3,
      source_replica_expression: null,
    };
    const which = [{ did_id: file!, rse_id: ids.TO! }];
    const again = await sql.begin((tx) => retryLocks(tx, rule, which, new Date()));
    assert.deepEqual(again, { retried: 0, queued: 0 });
    assert.equal((await sql`select from requests where did_id = ${file!}`).count, 0);
  });

  test('a moved rule ends with its child also when both turn OK by the same copy', async () => {
    const { sql } = lake.lake;
    const [file] = await seedFiles(lake.lake, 'both', 1, ids.FROM);
    const parent = await seedRule(lake.lake, [file!], ids.TO!);
    const child = await seedRule(lake.lake, [file!], ids.TO!);
    await sql`update rules set child_rule_id = ${child}, expires_at = now() where id = ${parent}`;
    for (const daemon of ['conveyor-submitter', 'conveyor-poller', 'conveyor-finisher'])
      await lake.drain(daemon);
    const rows = await sql`select state, child_rule_id from rules where id = any(${[parent, child]}::uuid[])`;
    assert.deepEqual(
      [...rows],
      [
        { state: 'O', child_rule_id: null },
        { state: 'O', child_rule_id: null },
      ],
    );
  });

  test('a copy that a person says is there is not copied over by what still waited for a source', async () => {
    const { sql } = lake.lake;
    const [file] = await seedFiles(lake.lake, 'byhand', 1);
    const rule = await seedRule(lake.lake, [file!], ids.TO!);
    await lake.drain('conveyor-submitter');
    const answer = await lake.api('PUT', '/replicas', {
      rse: 'TO',
      files: [{ scope: 'test', name: 'byhand.0', state: 'A' }],
    });
    assert.equal(answer.status, 200);
    const waiting = await sql`select from requests where did_id = ${file!} and state <> 'U'`;
    assert.equal(waiting.count, 0);
    await lake.drain('conveyor-canceler');
    assert.equal((await sql`select from requests where did_id = ${file!}`).count, 0);
    const [state] = await sql`select state from rules where id = ${rule}`;
    assert.equal(state?.state, 'O');
  });

  test('a locked copy that is declared bad is made anew from a good one; without one it waits and stays', async () => {
    const { sql } = lake.lake;
    const files = await seedFiles(lake.lake, 'bad', 2, ids.TO);
    const [, alone] = files;
    const id = await seedRule(lake.lake, files, ids.TO!);
    const [first] = files;
    await sql`insert into replicas (did_id, rse_id, bytes, state) values (${first!}, ${ids.FROM!}, 10, 'A')`;
    const rule = async () =>
      (
        await sql`select state, reason, locks_ok_cnt as ok, locks_stuck_cnt as stuck from rules where id = ${id}`
      )[0];
    assert.equal((await rule())?.state, 'O');
    const replicas = [0, 1].map((n) => ({ scope: 'test', name: `bad.${n}`, rse: 'TO' }));
    const answer = await lake.api('POST', '/replicas/bad', { replicas, reason: 'rot' });
    assert.equal(answer.status, 201);
    assert.deepEqual(await rule(), { state: 'S', reason: 'SOURCE_CORRUPT', ok: 0, stuck: 2 });
    for (const daemon of ['judge-repairer', 'conveyor-submitter', 'conveyor-poller', 'conveyor-finisher'])
      await lake.drain(daemon);
    const states =
      await sql`select did_id, state from replicas where rse_id = ${ids.TO!} and did_id = any(${files}::bigint[]) order by did_id`;
    assert.deepEqual(
      [...states],
      [
        { did_id: first!, state: 'A' },
        { did_id: alone!, state: 'C' },
      ],
    );
    const declared = await sql`select name, state from bad_replicas where name like 'bad._' order by name`;
    assert.deepEqual(
      [...declared],
      [
        { name: 'bad.0', state: 'R' },
        { name: 'bad.1', state: 'B' },
      ],
    );
    const again = await lake.api('POST', '/replicas/bad', { replicas, reason: 'rot' });
    assert.deepEqual(again.json, { TO: ['test:bad.1 Already declared'] }, 'what was made anew can rot again');
    const [waiting] = await sql`
      select state, reason, reason_facts->>'detail' as detail from requests where did_id = ${alone!}`;
    const detail = 'no storage has an available copy; the one at TO was declared bad by root (rot)';
    assert.deepEqual(waiting, { state: 'N', reason: 'NO_SOURCES', detail });
    await lake.drain('reaper');
    assert.equal((await sql`select from replicas where did_id = ${alone!}`).count, 1);
  });

  const targetOf = async (rse: string): Promise<DeletionTarget> => {
    const directory = await rseDirectory(lake.lake);
    const found = directory.byName.get(rse)!;
    return { rse: found, mode: 'greedy', needed: 0, free: null, freeFrom: null };
  };

  test('a copy that is claimed for deletion while its file is attached counts as gone', async () => {
    const { sql } = lake.lake;
    const [file] = await seedFiles(lake.lake, 'leaving', 1, ids.FROM);
    await sql`update replicas set tombstone = '1970-01-01' where did_id = ${file!}`;
    const dataset = await newDataset('leaving');
    const target = await targetOf('FROM');
    await whileAttaching('leaving', 'leaving.0', () => claimDeletable(sql, target, 10, new Date()));
    assert.deepEqual(await held(dataset, ids.FROM!), { length: 1, available_length: 0 });
  });

  test('a copy that a rule asked for after it was claimed for deletion keeps its row', async () => {
    const { sql } = lake.lake;
    const [file] = await seedFiles(lake.lake, 'wanted', 1, ids.FROM);
    await sql`insert into replicas (did_id, rse_id, bytes, state) values (${file!}, ${ids.TO!}, 10, 'A')`;
    await sql`update replicas set tombstone = '1970-01-01' where did_id = ${file!} and rse_id = ${ids.FROM!}`;
    const target = await targetOf('FROM');
    const doomed = await claimDeletable(sql, target, 10, new Date());
    const mine = doomed.filter((one) => one.did_id === file);
    assert.equal(mine.length, 1);
    await seedRule(lake.lake, [file!], ids.FROM!);
    const [request] = await sql`select state, reason from requests where did_id = ${file!}`;
    assert.deepEqual(request, { state: 'Q', reason: 'BEING_DELETED' });
    const deletions = mine.map((one) => ({
      file: one,
      url: 'mock://x/y',
      outcome: 'deleted' as const,
      facts: {},
      duration: 0,
    }));
    await settleDeletions(sql, target.rse, deletions, new Date());
    const rows =
      await sql`select state, lock_cnt from replicas where did_id = ${file!} and rse_id = ${ids.FROM!}`;
    assert.deepEqual([...rows], [{ state: 'C', lock_cnt: 1 }]);
  });

  test('who registers a copy, or says that one is available, wakes who waits for it', async () => {
    const woken = new Set<string>();
    const { wakeups, sql } = lake.lake;
    const channels = ['conveyor-preparer', 'judge-cleaner'];
    const ends = channels.map((channel) => wakeups.on(channel, () => woken.add(channel)));
    try {
      const added = await lake.api('POST', '/replicas', {
        rse: 'FROM',
        files: [{ scope: 'test', name: 'told', bytes: 10, adler32: '00000001' }],
      });
      assert.equal(added.status, 201, added.text);
      assert.deepEqual([...woken], ['conveyor-preparer']);
      const [file] = await sql<{ id: number }[]>`select id from dids where name = 'told'`;
      const rule = await seedRule(lake.lake, [file!.id], ids.TO!);
      woken.clear();
      const said = await lake.api('PUT', '/replicas', {
        rse: 'TO',
        files: [{ scope: 'test', name: 'told', state: 'A' }],
      });
      assert.equal(said.status, 200, said.text);
      assert.deepEqual([...woken].sort(), channels);
      const [row] = await sql`select state from rules where id = ${rule}`;
      assert.equal(row!.state, 'O');
    } finally {
      for (const end of ends) end();
    }
  });

  test('the event of a queued request is JSON whatever the activity is called', async () => {
    const { sql } = lake.lake;
    const [file] = await seedFiles(lake.lake, 'queued', 1, ids.FROM);
    const rule = {
      id: '0'.repeat(32),
      account: 'root',
      activity: 'T0 "quoted" \\ \n next',
      priority: 3,
      source_replica_expression: null,
    };
    await sql.begin((tx) =>
      placeLocks(tx, rule, [{ did_id: file!, rse_id: ids.TO! }], { now: new Date('2026-11-20T05:54:06Z') }),
    );
    const [event] = await sql<{ payload: Record<string, unknown> }[]>`
      select payload from messages where event_type = 'transfer-queued' order by id desc limit 1`;
    const { 'request-id': id, ...payload } = event!.payload;
    assert.match(String(id), /^[0-9a-f]{32}$/);
    assert.deepEqual(payload, {
      'request-type': 'transfer',
      scope: 'test',
      name: 'queued.0',
      'dst-rse-id': ids.TO,
      'dst-rse': 'TO',
      state: 'queued',
      'retry-count': 0,
      'rule-id': rule.id,
      activity: rule.activity,
      'file-size': 10,
      bytes: 10,
      'checksum-md5': null,
      'checksum-adler': '00000001',
      queued_at: '2026-11-20 05:54:06',
    });
  });

  test('attempts of long ago are dropped from the history, later ones when it is configured so', async () => {
    const { sql } = lake.lake;
    await sql`delete from requests_history`;
    await sql`
      insert into requests_history (request_id, attempt, request_type, scope, name, dest_rse_id, state, created_at)
      select gen_random_uuid(), 0, 'T', 'test', 'old.' || d, ${ids.TO!}, 'D', now() - make_interval(days => d)
      from unnest(array[1, 5, 29, 31, 90]) d`;
    const names = async () =>
      (await sql<{ name: string }[]>`select name from requests_history order by created_at`).map(
        (r) => r.name,
      );
    assert.equal(await lake.drain('history-cleaner'), 2);
    assert.deepEqual(await names(), ['old.29', 'old.5', 'old.1']);
    await sql`insert into config (section, option, value) values ('requests', 'history_days', '3')`;
    assert.equal(await lake.drain('history-cleaner'), 2);
    assert.deepEqual(await names(), ['old.1']);
  });
});
