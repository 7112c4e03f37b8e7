import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { manualClock } from '@leman/foundation';
import { lakeStatus } from '../requests/lake-status.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { seedFiles, seedRses, seedRule } from '../testing/seed-lake.ts';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

describe('an unusual share of bad copies', () => {
  const clock = manualClock(Date.now());
  let lake: TestLake;
  let ids: Record<string, string>;
  before(async () => {
    lake = await startTestLake({ clock, settings: { tokenLifetime: 30 * 86_400 } });
    const shared = { attributes: { maxBadShare: '0.3' } };
    ids = await seedRses(lake.lake, { SHARED: shared, LARGE: {}, OTHER: {} });
  });
  after(() => lake.stop());

  /** Files with copies at the RSE and at OTHER, of which a rule wants those at the RSE. */
  const wanted = async (prefix: string, count: number, rse: string) => {
    const files = await seedFiles(lake.lake, prefix, count, ids[rse]);
    await lake.lake.sql`
      insert into replicas (did_id, rse_id, bytes, state)
      select id, ${ids.OTHER!}::uuid, 10, 'A' from unnest(${files}::bigint[]) id`;
    await seedRule(lake.lake, files, ids[rse]!);
  };
  const declare = async (rse: string, prefix: string, from: number, to: number) => {
    const replicas = Array.from({ length: to - from }, (_, i) => ({
      scope: 'test',
      name: `${prefix}.${from + i}`,
      rse,
    }));
    const answer = await lake.api('POST', '/replicas/bad', { replicas, reason: 'rot' });
    assert.deepEqual([answer.status, answer.json], [201, {}]);
  };
  const doors = async (rse: string) => {
    const { json } = await lake.api('GET', `/rses/${rse}`);
    return [json.availability_read, json.availability_write, json.availability_delete];
  };
  const said = async (rse: string) => {
    const directory = await rseDirectory(lake.lake);
    const status = await lakeStatus(lake.lake.sql, directory, new Date(clock.now()));
    return status.rses.find((one) => one.rse === rse)?.closed_itself;
  };
  /** Copies by state. */
  const copies = async (rse: string) =>
    Object.fromEntries(
      (
        await lake.lake.sql<{ state: string; n: number }[]>`
        select state, count(*) as n from replicas where rse_id = ${ids[rse]!} group by state`
      ).map(({ state, n }) => [state, n]),
    );
  const repair = async () => {
    clock.advance(3_600_000);
    await lake.drain('judge-repairer');
  };

  test('the RSE closes itself, nothing there is written over, and a person goes on', async () => {
    await wanted('some', 10, 'SHARED');
    await declare('SHARED', 'some', 0, 3);
    await repair();
    assert.deepEqual(await doors('SHARED'), [true, true, true]);
    assert.deepEqual(await copies('SHARED'), { A: 7, C: 3 });
    assert.equal(await said('SHARED'), null);

    await declare('SHARED', 'some', 3, 5);
    await repair();
    assert.deepEqual(await doors('SHARED'), [true, false, false]);
    assert.deepEqual(await copies('SHARED'), { A: 5, C: 3, D: 2 });
    const sentence =
      'SHARED closed itself for writing and deletion: 5 of its 10 copies were declared bad within a day, more than 30 %.';
    assert.equal(await said('SHARED'), sentence);
    const plan = await lake.api('GET', '/reaper/plan?rse=SHARED');
    assert.deepEqual([plan.json.closed, plan.json.explanation], [true, sentence]);

    const open = { availability_write: true, availability_delete: true };
    assert.equal((await lake.api('PUT', '/rses/SHARED', open)).status, 201);
    assert.equal(await said('SHARED'), null);
    await repair();
    assert.deepEqual(await copies('SHARED'), { A: 5, C: 5 });
    await declare('SHARED', 'some', 5, 7);
    assert.deepEqual(await doors('SHARED'), [true, true, true], 'agreed for the day');
    clock.advance(2 * 86_400_000);
    await declare('SHARED', 'some', 7, 8);
    assert.deepEqual(await doors('SHARED'), [true, true, true], 'one in a day is nothing unusual');
  });

  test('without a share of its own: more than 1,000, and more than 30 %', async () => {
    await wanted('many', 1_200, 'LARGE');
    await declare('LARGE', 'many', 0, 1_000);
    assert.deepEqual(await doors('LARGE'), [true, true, true]);
    await declare('LARGE', 'many', 1_000, 1_001);
    assert.deepEqual(await doors('LARGE'), [true, false, false]);
    assert.match((await said('LARGE')) ?? '', /1001 of its 1200 copies .* more than 30 %/);
  });

  test('a share is a number from 0 to 1', async () => {
    for (const value of ['half', '', ' ', '1.5', '-1', true]) {
      const refused = await lake.api('POST', '/rses/OTHER/attr/maxBadShare', { value });
      assert.deepEqual([refused.status, refused.json.ExceptionClass], [400, 'InvalidObject'], String(value));
    }
    assert.equal((await lake.api('POST', '/rses/OTHER/attr/maxBadShare', { value: 1 })).status, 201);
  });
});
