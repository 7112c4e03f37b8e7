import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { removeLocks } from '../locks/remove-locks.ts';
import { seedFiles, seedRses, seedRule } from '../testing/seed-lake.ts';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

describe('moving and deleting', () => {
  let lake: TestLake;
  let rses: string[];
  let files: number[];
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };

  before(async () => {
    lake = await startTestLake({ clock });
    const attributes = { greedyDeletion: 'true' };
    rses = Object.values(
      await seedRses(lake.lake, { ONE: { attributes }, TWO: { attributes }, THREE: { attributes } }),
    );
    const { sql } = lake.lake;
    await sql`insert into config (section, option, value) values ('conveyor', 'transfertool', 'mock')`;
  });
  after(() => lake.stop());

  /** Differences between what is counted and what is there. */
  const wrong = async () => {
    const { sql } = lake.lake;
    return [
      ...(await sql`
        select 'rse' as what from rse_counters_now c full join
          (select rse_id, count(*) as files, sum(bytes) as bytes from replicas group by rse_id) r using (rse_id)
        where (coalesce(c.files, 0), coalesce(c.bytes, 0)) is distinct from (coalesce(r.files, 0), coalesce(r.bytes, 0))`),
      ...(await sql`
        select 'dataset' as what from collection_replicas_now c full join (
          select c.parent_id as did_id, r.rse_id, count(*) as length, count(*) filter (where r.state = 'A') as available
          from replicas r join contents c on c.child_id = r.did_id group by 1, 2) r using (did_id, rse_id)
        where (coalesce(c.length, 0), coalesce(c.available_length, 0)) is distinct from (coalesce(r.length, 0), coalesce(r.available, 0))`),
      ...(await sql`
        select 'lock_cnt' as what from replicas r
        where lock_cnt <> (select count(*) from locks l where l.did_id = r.did_id and l.rse_id = r.rse_id)`),
      ...(await sql`
        select 'rule' as what from rules r cross join lateral (
          select count(*) filter (where state = 'O') as ok, count(*) filter (where state = 'R') as replicating,
            count(*) filter (where state = 'S') as stuck
          from locks l where l.rule_id = r.id) l
        where (locks_ok_cnt, locks_replicating_cnt, locks_stuck_cnt) is distinct from (ok, replicating, stuck)`),
      ...(await sql`
        select 'lost' as what from dids d
        where did_type = 'F' and exists (select from locks l where l.did_id = d.id and l.state = 'O')
          and not exists (select from replicas r where r.did_id = d.id and r.state = 'A')`),
    ].map((row) => row.what);
  };

  const unlock = async (rse: string) => {
    const { sql } = lake.lake;
    const held = await sql<
      { rule_id: string; did_id: number }[]
    >`select rule_id, did_id from locks where rse_id = ${rse}`;
    for (const [id, locks] of Map.groupBy(held, (lock) => lock.rule_id)) {
      await sql.begin(async (tx) => {
        const gone = await removeLocks(
          tx,
          { id, account: 'root', purge_replicas: true },
          locks.map(({ did_id }) => ({ did_id, rse_id: rse })),
          new Date(clock.now()),
        );
        await tx`
          update rules set locks_ok_cnt = locks_ok_cnt - ${gone.ok}, locks_replicating_cnt = locks_replicating_cnt - ${gone.replicating},
            locks_stuck_cnt = locks_stuck_cnt - ${gone.stuck} where id = ${id}`;
      });
    }
  };

  const step = fc.oneof(
    fc.record({
      kind: fc.constant('rule' as const),
      rse: fc.nat(2),
      from: fc.nat(11),
      count: fc.integer({ min: 1, max: 6 }),
    }),
    fc.record({ kind: fc.constant('unlock' as const), rse: fc.nat(2) }),
    fc.record({
      kind: fc.constant('run' as const),
      daemon: fc.constantFrom(
        'conveyor-submitter',
        'conveyor-poller',
        'conveyor-finisher',
        'conveyor-preparer',
        'conveyor-canceler',
        'reaper',
        'abacus-collection-replica',
      ),
    }),
    fc.record({
      kind: fc.constant('fail' as const),
      reason: fc.constantFrom('SOURCE_MISSING', 'DESTINATION_FULL', 'DESTINATION_EXISTS'),
    }),
    fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 2000 }) }),
  );

  test('counters, locks and rules agree with what is there, whatever happens; no wanted file loses its last copy', async () => {
    const { sql } = lake.lake;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 40 }), async (steps) => {
        await sql`
          truncate locks, requests, rules, dataset_locks, rse_counters, rse_counter_deltas, replicas, collection_replicas,
            collection_replica_deltas, contents, dids, deleted_dids cascade`;
        files = await seedFiles(lake.lake, 'prop', 12, rses[0]!);
        await sql`
          with ds as (
            insert into dids (scope, name, did_type, account, is_open)
            values ('test', 'a', 'D', 'root', true), ('test', 'b', 'D', 'root', true) returning id
          ),
          attached as (insert into contents (parent_id, child_id) select ds.id, f from ds, unnest(${files}::bigint[]) f)
          insert into collection_replica_deltas (did_id, rse_id, length, bytes, available_length, available_bytes)
          select id, ${rses[0]!}::uuid, 12, 120, 12, 120 from ds`;
        for (const one of steps) {
          if (one.kind === 'rule') {
            const wanted = files.slice(one.from, one.from + one.count);
            const there = await sql<
              { id: number }[]
            >`select id from dids where id = any(${wanted}::bigint[]) order by id`;
            if (there.length > 0)
              await seedRule(
                lake.lake,
                there.map((row) => row.id),
                rses[one.rse]!,
              );
          } else if (one.kind === 'unlock') await unlock(rses[one.rse]!);
          else if (one.kind === 'run') await lake.drain(one.daemon);
          else if (one.kind === 'wait') clock.ahead += one.seconds * 1000;
          else {
            await sql`
              update requests set state = 'F', reason = ${one.reason}
              where id in (select id from requests where state = 'S' order by id limit 3)`;
          }
          assert.deepEqual(await wrong(), []);
        }
      }),
      { numRuns: 12 },
    );
  });
});
