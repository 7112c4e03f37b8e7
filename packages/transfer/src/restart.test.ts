import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { twoStorages, until } from './testing/two-storages.ts';

describe('a service that is interrupted', () => {
  const lab = twoStorages();
  const { put, fileOf, textAt } = lab;

  test('cut connections to the database cost time only', async () => {
    const names = Array.from({ length: 80 }, (_, index) => `/cut${index}`);
    for (const name of names) put(name, 'x');
    lab.destination.faults = { delay: (method) => (method === 'copying' ? 20 : 0) };
    const jobId = await lab.bench.submit(names.map((name) => fileOf(name, 'x')));
    for (let round = 0; round < 3; round++) {
      await until(
        () =>
          lab.destination.requests.filter((request) => request.startsWith('COPY /cut')).length >
          10 + 20 * round,
      );
      await lab.bench.database.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'leman transfer' and datname = current_database()`;
    }
    const job = async () =>
      (await lab.bench.database.sql`select job_state, job_finished from jobs where job_id = ${jobId}`)[0];
    await until(async () => Boolean((await job())?.job_finished));
    lab.destination.faults = {};
    assert.equal((await job())?.job_state, 'FINISHED');
    const [outcomes] = await lab.bench.database.sql`
      select count(*) as events, count(distinct payload ->> 'file_id') as files from events
      where payload ->> 'kind' = 'complete' and payload ->> 'job_id' = ${jobId}`;
    assert.deepEqual({ ...outcomes }, { events: 80, files: 80 });
  });

  test('a restart takes over what waited and what ran, and doubles nothing', async () => {
    for (const name of ['/left', '/redo', '/wait']) put(name, 'hello');
    lab.destination.faults = { delay: (method) => (method === 'copying' ? Number.POSITIVE_INFINITY : 0) };
    const jobs = await Promise.all(
      ['/left', '/redo'].map((name) => lab.bench.submit([fileOf(name, 'hello')])),
    );
    await until(() =>
      ['COPY /left', 'COPY /redo'].every((request) => lab.destination.requests.includes(request)),
    );
    const stopping = lab.bench.restart();
    // One copy had ended well, the other one left a part behind.
    lab.destination.files.set('/left', { content: Buffer.from('hello'), modifiedAt: new Date() });
    lab.destination.files.set('/redo', { content: Buffer.from('hel'), modifiedAt: new Date() });
    lab.destination.faults = {};
    await stopping;
    const [left, redo] = await Promise.all(jobs.map((job) => lab.bench.ended(job)));
    assert.equal(left?.state, 'FINISHED');
    assert.equal(redo?.state, 'FINISHED');
    assert.equal(textAt('/redo'), 'hello');
    assert.deepEqual(
      left?.files[0]?.attempts.map((attempt) => attempt.state),
      ['LOST', 'FINISHED'],
    );
    const outcomes = await lab.bench.database.sql`
      select payload ->> 'file_id' as file, count(*) as events from events where payload ->> 'kind' = 'complete' group by 1 having count(*) > 1`;
    assert.deepEqual([...outcomes], []);
  });
});
