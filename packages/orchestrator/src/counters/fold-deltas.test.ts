import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { seedRses } from '../testing/seed-lake.ts';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

describe('abacus', () => {
  let lake: TestLake;
  let rses: string[];
  let datasets: number[];

  before(async () => {
    lake = await startTestLake();
    rses = Object.values(await seedRses(lake.lake, { ONE: {}, TWO: {} }));
    const { sql } = lake.lake;
    await sql`insert into scopes (scope, account) values ('test', 'root')`;
    const rows = await sql<{ id: number }[]>`
      insert into dids (scope, name, did_type, account) select 'test', 'ds' || i, 'D', 'root' from generate_series(1, 2) i returning id`;
    datasets = rows.map((row) => row.id);
  });
  after(() => lake.stop());

  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('change' as const),
        rse: fc.nat(1),
        dataset: fc.nat(1),
        files: fc.integer({ min: -5, max: 50 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('fold' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('undone' as const),
        rse: fc.nat(1),
        files: fc.integer({ min: 1, max: 9 }),
      }),
    },
  );

  test('what is read is the sum of what was committed, before, while and after folding', async () => {
    const { sql } = lake.lake;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        await sql`truncate account_usage, account_usage_deltas, rse_counters, rse_counter_deltas, collection_replicas, collection_replica_deltas`;
        const sums = new Map<string, number>();
        const add = (key: string, files: number) => sums.set(key, (sums.get(key) ?? 0) + files);
        for (const one of steps) {
          if (one.kind === 'fold') {
            await Promise.all(
              ['abacus-account', 'abacus-rse', 'abacus-collection-replica', 'abacus-rse'].map((name) =>
                lake.drain(name),
              ),
            );
          } else if (one.kind === 'undone') {
            await sql
              .begin(async (tx) => {
                await tx`insert into rse_counter_deltas (rse_id, files, bytes) values (${rses[one.rse]!}, ${one.files}, ${one.files * 10})`;
                throw new Error('undone');
              })
              .catch(() => undefined);
          } else {
            const [rse, dataset] = [rses[one.rse]!, datasets[one.dataset]!];
            await sql`insert into account_usage_deltas (account, rse_id, files, bytes) values ('root', ${rse}, ${one.files}, ${one.files * 10})`;
            await sql`insert into rse_counter_deltas (rse_id, files, bytes) values (${rse}, ${one.files}, ${one.files * 10})`;
            await sql`
              insert into collection_replica_deltas (did_id, rse_id, length, bytes, available_length, available_bytes)
              values (${dataset}, ${rse}, ${one.files}, ${one.files * 10}, ${one.files}, ${one.files * 10})`;
            add(`account ${rse}`, one.files);
            add(`rse ${rse}`, one.files);
            add(`dataset ${dataset} ${rse}`, one.files);
          }
          const read = await sql<{ key: string; files: number; bytes: number }[]>`
            select 'account ' || replace(rse_id::text, '-', '') as key, files, bytes from account_usage_now
            union all select 'rse ' || replace(rse_id::text, '-', ''), files, bytes from rse_counters_now
            union all select 'dataset ' || did_id || ' ' || replace(rse_id::text, '-', ''), available_length, available_bytes
            from collection_replicas_now`;
          const shown = new Map(read.map((row) => [row.key, row.files]));
          for (const [key, files] of sums) assert.equal(shown.get(key) ?? 0, files, key);
          for (const row of read) assert.equal(row.bytes, row.files * 10);
        }
      }),
      { numRuns: 12 },
    );
  });

  test('folding leaves no deltas, and no row of a copy of which nothing is left', async () => {
    const { sql } = lake.lake;
    await sql`truncate collection_replicas, collection_replica_deltas`;
    const insert = (files: number) => sql`
      insert into collection_replica_deltas (did_id, rse_id, length, bytes, available_length, available_bytes)
      values (${datasets[0]!}, ${rses[0]!}, ${files}, ${files}, ${files}, ${files})`;
    await insert(3);
    await lake.drain('abacus-collection-replica');
    assert.equal((await sql`select from collection_replicas`).count, 1);
    await insert(-3);
    await lake.drain('abacus-collection-replica');
    assert.equal((await sql`select from collection_replicas`).count, 0);
    assert.equal((await sql`select from collection_replica_deltas`).count, 0);
  });
});
