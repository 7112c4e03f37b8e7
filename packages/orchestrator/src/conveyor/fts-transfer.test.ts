import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeLocks } from '../locks/remove-locks.ts';
import { type RecordedFts, startRecordedFts } from '../testing/recorded-fts.ts';
import { seedFiles, seedRses, seedRule } from '../testing/seed-lake.ts';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';
import { LEASE_MS } from './claim-requests.ts';

describe('conveyor with a transfer service', () => {
  let lake: TestLake;
  let fts: RecordedFts;
  let ids: Record<string, string>;
  const clock = {
    ahead: 0,
    now: () => Date.now() + clock.ahead,
  };

  before(async () => {
    fts = await startRecordedFts();
    lake = await startTestLake({ clock, settings: { transferUrl: fts.url } });
    ids = await seedRses(lake.lake, {
      NEAR: { url: 'https://near.example:8443/data' },
      FAR: { url: 'https://far.example:8443/data' },
      TARGET: { url: 'https://target.example:8443/data' },
    });
    await lake.lake.sql`update distances set distance = 9 where src_rse_id = ${ids.FAR!}`;
    lake.lake.wakeups.wake('rses');
  });
  after(async () => {
    await lake.stop();
    await fts.close();
  });

  const requests = () => lake.lake.sql`
    select d.name, q.state, q.reason, q.retry_count, q.external_id from requests q join dids d on d.id = q.did_id order by d.name`;
  const clean = async () => {
    await lake.lake.sql`delete from requests`;
    fts.jobs.clear();
    fts.answers = [];
    fts.refusedName = undefined;
    fts.fileState = { file_state: 'ACTIVE' };
  };
  const ruleState = async (id: string) =>
    (await lake.lake.sql`select state, reason from rules where id = ${id}`)[0]!;
  const completed = (jobId: string, requestId: string, more: Record<string, unknown> = {}) => ({
    tr_id: `2026-11-20-0700__near__target__1__${jobId}`,
    t_final_transfer_state: 'Ok',
    file_metadata: { request_id: requestId },
    tr_timestamp_start: 1795154594000,
    tr_timestamp_complete: 1795154595000,
    ...more,
  });
  const tokenOf = (text: string | undefined) =>
    JSON.parse(Buffer.from(text!.split('.')[1]!, 'base64url').toString());

  test('jobs of 200 files at most, one link, near source first, a token per file and side', async () => {
    const files = await seedFiles(lake.lake, 'job', 250, ids.NEAR);
    await lake.lake
      .sql`insert into replicas (did_id, rse_id, bytes, state) select id, ${ids.FAR!}::uuid, 10, 'A' from unnest(${files}::bigint[]) id`;
    await seedRule(lake.lake, files, ids.TARGET!);
    await lake.drain('conveyor-submitter');
    assert.deepEqual([...fts.jobs.values()].map((job) => job.files.length).sort(), [200, 50]);
    const [job] = fts.jobs.values();
    assert.equal(job!.params.max_time_in_queue, 168);
    const [file] = job!.files;
    assert.match(file!.sources[0]!, /^https:\/\/near\.example:8443\/data\/test\/..\/..\/job\.\d+$/);
    const token = tokenOf(file!.source_tokens?.[0]);
    assert.equal(token.aud, 'https://near.example:8443');
    assert.equal(token.scope, `storage.read:${new URL(file!.sources[0]!).pathname}`);
    assert.ok((await requests()).every((row) => row.state === 'S' && fts.jobs.has(row.external_id)));
    await clean();
  });

  test('an answer that got lost loses nothing: the poller finds the job', async () => {
    const files = await seedFiles(lake.lake, 'cut', 3, ids.NEAR);
    const rule = await seedRule(lake.lake, files, ids.TARGET!);
    fts.answers = ['cut'];
    await lake.drain('conveyor-submitter');
    assert.ok((await requests()).every((row) => row.state === 'G'));
    clock.ahead += LEASE_MS + 1000;
    fts.fileState = { file_state: 'FINISHED' };
    await lake.drain('conveyor-preparer');
    await lake.drain('conveyor-poller');
    await lake.drain('conveyor-finisher');
    assert.equal((await ruleState(rule)).state, 'O');
    assert.equal(fts.jobs.size, 1);
    await clean();
  });

  test('a job that never arrived is queued again, and a lost one is tried again', async () => {
    const files = await seedFiles(lake.lake, 'lost', 2, ids.NEAR);
    await seedRule(lake.lake, files, ids.TARGET!);
    fts.answers = ['cut'];
    await lake.drain('conveyor-submitter');
    fts.jobs.clear();
    clock.ahead += LEASE_MS + 1000;
    await lake.drain('conveyor-poller');
    assert.deepEqual(
      (await requests()).map((row) => [row.state, row.retry_count]),
      [
        ['Q', 0],
        ['Q', 0],
      ],
    );
    await lake.drain('conveyor-submitter');
    fts.jobs.clear();
    clock.ahead += 31_000;
    await lake.drain('conveyor-poller');
    await lake.drain('conveyor-finisher');
    assert.deepEqual(
      (await requests()).map((row) => [row.state, row.reason, row.retry_count]),
      [
        ['Q', 'TRANSFER_LOST', 1],
        ['Q', 'TRANSFER_LOST', 1],
      ],
    );
    await clean();
  });

  test('one unacceptable file does not hold up the others of its job', async () => {
    const files = await seedFiles(lake.lake, 'odd', 9, ids.NEAR);
    await seedRule(lake.lake, files, ids.TARGET!);
    fts.refusedName = 'odd.4';
    let woken = 0;
    const off = lake.lake.wakeups.on('conveyor-finisher', () => {
      woken++;
    });
    await lake.drain('conveyor-submitter');
    off();
    assert.ok(woken > 0, 'the finisher goes on with what was refused');
    const rows = await requests();
    assert.deepEqual(
      rows.filter((row) => row.state !== 'S').map((row) => [row.name, row.state, row.reason]),
      [['odd.4', 'A', 'SUBMISSION_FAILED']],
    );
    await clean();
  });

  test('a service that does not take jobs makes them wait, with the reason and without counting as an attempt', async () => {
    const files = await seedFiles(lake.lake, 'down', 1, ids.NEAR);
    await seedRule(lake.lake, files, ids.TARGET!);
    fts.answers = [503];
    await lake.drain('conveyor-submitter');
    assert.deepEqual(
      (await requests()).map((row) => [row.state, row.reason, row.retry_count]),
      [['Q', 'SUBMISSION_FAILED', 0]],
    );
    assert.equal(await lake.drain('conveyor-submitter'), 0);
    await clean();
  });

  test('outcomes are heard once, from where hearing stopped; late ones of an older attempt change nothing', async () => {
    const { sql } = lake.lake;
    const files = await seedFiles(lake.lake, 'heard', 2, ids.NEAR);
    const rule = await seedRule(lake.lake, files, ids.TARGET!);
    await lake.drain('conveyor-submitter');
    const rows = await sql<
      { id: string; external_id: string }[]
    >`select id, external_id from requests order by did_id`;
    fts.tell(
      completed('00000000-0000-5000-8000-000000000000', rows[0]!.id, { t_final_transfer_state: 'Error' }),
    );
    fts.tell(completed(rows[0]!.external_id, rows[0]!.id));
    fts.tell(
      completed(rows[0]!.external_id, rows[0]!.id, {
        t_final_transfer_state: 'Error',
        t__error_message: 'late',
      }),
    );
    fts.tell({
      kind: 'state',
      job_id: rows[1]!.external_id,
      file_metadata: { request_id: rows[1]!.id },
      reason_code: 'TRANSFERRING',
    });
    fts.tell({ what: 'is not ours' });
    const { conveyorReceiver } = await import('./conveyor-receiver.ts');
    const receiver = conveyorReceiver(lake.lake);
    const hear = async (until: () => Promise<boolean>) => {
      for (let round = 0; round < 200 && !(await until()); round += 1) {
        await receiver.batch({ now: clock.now(), signal: new AbortController().signal });
        await sleep(10);
      }
    };
    const seq = async () =>
      Number((await sql`select seq from transfer_cursors where host = ${fts.url}`)[0]?.seq ?? 0);
    await hear(async () => (await seq()) === 5);
    assert.equal(await seq(), 5);
    const [first, second] = await requests();
    assert.deepEqual([first!.state, second!.state, second!.reason], ['D', 'S', 'TRANSFERRING']);
    fts.cutStreams();
    fts.tell(completed(rows[1]!.external_id, rows[1]!.id));
    await hear(async () => (await seq()) === 6);
    await receiver.close?.();
    await lake.drain('conveyor-finisher');
    assert.equal((await ruleState(rule)).state, 'O');
    await clean();
  });

  test('a source that lost the file is suspected and another one taken; in the end the lock is stuck with the reason', async () => {
    const { sql } = lake.lake;
    const files = await seedFiles(lake.lake, 'bad', 1, ids.NEAR);
    await sql`insert into replicas (did_id, rse_id, bytes, state) values (${files[0]!}, ${ids.FAR!}, 10, 'A')`;
    const rule = await seedRule(lake.lake, files, ids.TARGET!);
    fts.fileState = { file_state: 'FAILED', reason: 'SOURCE [2] No such file or directory' };
    const attempt = async () => {
      await lake.drain('conveyor-submitter');
      clock.ahead += 31_000;
      await lake.drain('conveyor-poller');
      await lake.drain('conveyor-finisher');
      clock.ahead += 4000_000;
    };
    await attempt();
    const [suspect] = await sql`select rse_id, state from bad_replicas where name = 'bad.0'`;
    assert.deepEqual(suspect, { rse_id: ids.NEAR, state: 'S' });
    fts.jobs.clear();
    await lake.drain('conveyor-submitter');
    assert.match([...fts.jobs.values()][0]!.files[0]!.sources[0]!, /far\.example/);
    clock.ahead += 31_000;
    await lake.drain('conveyor-poller');
    await lake.drain('conveyor-finisher');
    clock.ahead += 4000_000;
    await attempt();
    await attempt();
    assert.deepEqual(await ruleState(rule), { state: 'S', reason: 'RETRIES_EXHAUSTED' });
    assert.equal((await requests()).length, 0);
    assert.equal(
      (await sql`select from requests_history where name = 'bad.0' and reason = 'SOURCE_MISSING'`).count,
      4,
    );
    await clean();
  });

  test('where a token ended while its file waited, the file is handed over again with a new one', async () => {
    const files = await seedFiles(lake.lake, 'expired', 1, ids.NEAR);
    const rule = await seedRule(lake.lake, files, ids.TARGET!);
    await lake.drain('conveyor-submitter');
    const [first] = [...fts.jobs.values()];
    const reason = 'SOURCE [13] The token for the source expired while the file waited.';
    fts.fileState = {
      file_state: 'FAILED',
      reason,
      reason_code: 'SOURCE_DENIED',
      reason_facts: { class: 'token-expired' },
    };
    clock.ahead += 3_700_000;
    await lake.drain('conveyor-poller');
    await lake.drain('conveyor-finisher');
    const [waits] = await lake.lake.sql`select state, retry_count, failed_sources from requests`;
    assert.deepEqual(waits, { state: 'Q', retry_count: 0, failed_sources: [] });
    fts.fileState = { file_state: 'FINISHED' };
    clock.ahead += 60_000;
    await lake.drain('conveyor-submitter');
    const second = [...fts.jobs.values()].find((job) => job.id !== first!.id);
    assert.ok(second);
    const [before, now] = [first, second].map((job) => tokenOf(job!.files[0]!.source_tokens?.[0]));
    assert.equal(now.scope, before.scope);
    assert.notEqual(now.jti, before.jti);
    clock.ahead += 31_000;
    await lake.drain('conveyor-poller');
    await lake.drain('conveyor-finisher');
    assert.equal((await ruleState(rule)).state, 'O');
    await clean();
  });

  test('canceling stops whole jobs, or single files of shared ones', async () => {
    const { sql } = lake.lake;
    const files = await seedFiles(lake.lake, 'stop', 3, ids.NEAR);
    await seedRule(lake.lake, files, ids.TARGET!);
    await lake.drain('conveyor-submitter');
    const [job] = fts.jobs.values();
    const one = job!.files.findIndex((file) => file.metadata.name === 'stop.1');
    const cancel = (condition: number[]) => sql`
      with given_up as (update replicas set state = 'U' where state = 'C' and did_id = any(${condition}::bigint[]))
      update requests set state = 'U', reason = 'CANCELED', next_attempt_at = ${new Date(clock.now() - 1000)}
      where did_id = any(${condition}::bigint[])`;
    await cancel([files[1]!]);
    await lake.drain('conveyor-canceler');
    assert.deepEqual(fts.canceled, [`${job!.id}/${one + 1}`]);
    await cancel([files[0]!, files[2]!]);
    await lake.drain('conveyor-canceler');
    assert.deepEqual(fts.canceled.slice(1), [job!.id]);
    assert.equal((await requests()).length, 0);
  });

  test('wanted again before its job is canceled: the job is stopped first, then the file goes into another', async () => {
    const { sql } = lake.lake;
    await clean();
    const [file] = await seedFiles(lake.lake, 'again', 1, ids.NEAR);
    const id = await seedRule(lake.lake, [file!], ids.TARGET!);
    await lake.drain('conveyor-submitter');
    const [job] = fts.jobs.values();
    const rule = { id, account: 'root', purge_replicas: false };
    await sql.begin((tx) =>
      removeLocks(tx, rule, [{ did_id: file!, rse_id: ids.TARGET! }], new Date(clock.now())),
    );
    await seedRule(lake.lake, [file!], ids.TARGET!);
    assert.equal(await lake.drain('conveyor-submitter'), 0);
    fts.canceled.splice(0);
    await lake.drain('conveyor-canceler');
    assert.deepEqual(fts.canceled, [job!.id]);
    assert.deepEqual(
      (await requests()).map((row) => [row.state, row.external_id]),
      [['Q', null]],
    );
    await lake.drain('conveyor-submitter');
    assert.equal((await requests())[0]!.state, 'S');
    await clean();
  });

  test('behind a slow service no job goes out when its claim may end before the answer', async () => {
    await clean();
    const files = await seedFiles(lake.lake, 'slow', 900, ids.NEAR);
    await seedRule(lake.lake, files, ids.TARGET!);
    const take = fts.jobs.set.bind(fts.jobs);
    fts.jobs.set = (id, job) => {
      if (fts.jobs.size === 0) clock.ahead += LEASE_MS / 2 + 1;
      return take(id, job);
    };
    await lake.lake.sql`update requests set next_attempt_at = ${new Date(clock.now() - 1000)}`;
    await lake.drain('conveyor-submitter');
    fts.jobs.set = take;
    assert.equal(fts.jobs.size, 4);
    const states = await lake.lake.sql`
      select state, reason, external_id is null as free, count(*) as n from requests group by 1, 2, 3 order by 1`;
    assert.deepEqual(
      [...states],
      [
        { state: 'Q', reason: 'SUBMISSION_FAILED', free: true, n: 100 },
        { state: 'S', reason: 'SUBMITTED', free: false, n: 800 },
      ],
    );
    await clean();
  });

  test('whatever a transfer service says, its words can be stored', async () => {
    await clean();
    const files = await seedFiles(lake.lake, 'words', 1, ids.NEAR);
    await seedRule(lake.lake, files, ids.TARGET!);
    await lake.drain('conveyor-submitter');
    const odd = 'a \u0000 b \ud800';
    fts.fileState = { file_state: 'FAILED', reason: odd, reason_facts: { [odd]: odd } };
    clock.ahead += 31_000;
    await lake.drain('conveyor-poller');
    assert.deepEqual(
      (await requests()).map((row) => [row.state, row.reason]),
      [['F', 'TRANSFER_FAILED']],
    );
    await lake.drain('conveyor-finisher');
    assert.equal((await requests())[0]!.state, 'Q');
    await clean();
  });

  test('what was handed to a service that is no longer ours is lost after a while, and tried again', async () => {
    const files = await seedFiles(lake.lake, 'moved', 1, ids.NEAR);
    await seedRule(lake.lake, files, ids.TARGET!);
    await lake.drain('conveyor-submitter');
    await lake.lake.sql`update requests set external_host = 'http://gone.example'`;
    await lake.drain('conveyor-poller');
    assert.equal((await requests())[0]!.state, 'S');
    clock.ahead += 700_000;
    await lake.drain('conveyor-poller');
    await lake.drain('conveyor-finisher');
    assert.deepEqual(
      (await requests()).map((row) => [row.state, row.reason]),
      [['Q', 'TRANSFER_LOST']],
    );
    await clean();
  });
});
