import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { manualClock } from '@leman/foundation';
import { lockFiles } from '../dids/lock-files.ts';
import { settleLocks } from '../locks/settle-locks.ts';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';
import { judged } from './add-rule.ts';
import { makeWorld, type World, wish } from './testing.ts';

/** Numbers that look like chance and are the same for the same seed (mulberry32). */
const seeded = (seed: number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};

const RSES = ['R1', 'R2', 'R3', 'R4'];
const STEPS = 60;

/** What the counters must be, from the rows they count; every difference is a row. */
const differences = (lake: TestLake) => lake.lake.sql`
  select 'lock_cnt' as what, r.did_id::text as of, r.lock_cnt::bigint as is, count(l.rule_id) as should
  from replicas r left join locks l on l.did_id = r.did_id and l.rse_id = r.rse_id
  group by r.did_id, r.rse_id, r.lock_cnt having r.lock_cnt <> count(l.rule_id)
  union all
  select 'lock without replica', l.did_id::text, 0, 0 from locks l
  where not exists (select from replicas r where r.did_id = l.did_id and r.rse_id = l.rse_id)
  union all
  select 'tombstone of a locked replica', did_id::text, 0, 0 from replicas where lock_cnt > 0 and tombstone is not null
  union all
  select 'rule counts', r.id::text, r.locks_ok_cnt + 1000 * r.locks_replicating_cnt + 1000000 * r.locks_stuck_cnt, c.n
  from rules r cross join lateral (
    select coalesce(sum(case l.state when 'O' then 1 when 'R' then 1000 else 1000000 end), 0)::bigint as n
    from locks l where l.rule_id = r.id) c
  where r.locks_ok_cnt + 1000 * r.locks_replicating_cnt + 1000000 * r.locks_stuck_cnt <> c.n
  union all
  select 'rule state ' || r.state, r.id::text, 0, 0 from rules r
  where r.state in ('O', 'R', 'S') and r.expires_at is null and r.reason is distinct from 'CANCELED' and r.state <>
    case when r.locks_stuck_cnt > 0 or r.incomplete then 'S' when r.locks_replicating_cnt > 0 then 'R' else 'O' end
  union all
  select 'account usage', coalesce(u.rse_id, s.rse_id)::text, u.files * 1000000 + u.bytes, s.files * 1000000 + s.bytes
  from (select account, rse_id, files, bytes from account_usage_now where files <> 0 or bytes <> 0) u
  full join (
    select r.account, l.rse_id, count(*) as files, sum(l.bytes)::bigint as bytes
    from locks l join rules r on r.id = l.rule_id group by r.account, l.rse_id) s using (account, rse_id)
  where (u.files, u.bytes) is distinct from (s.files, s.bytes)
  union all
  select 'rse counter', coalesce(u.rse_id, s.rse_id)::text, u.files, s.files
  from (select rse_id, files, bytes from rse_counters_now where files <> 0 or bytes <> 0) u
  full join (select rse_id, count(*) as files, sum(bytes)::bigint as bytes from replicas group by rse_id) s using (rse_id)
  where (u.files, u.bytes) is distinct from (s.files, s.bytes)
  union all
  select 'dataset copies', coalesce(u.did_id, s.did_id)::text, u.length * 1000 + u.available_length, s.length * 1000 + s.available_length
  from (select did_id, rse_id, length, bytes, available_length, available_bytes from collection_replicas_now
        where length <> 0 or bytes <> 0 or available_length <> 0) u
  full join (
    select c.parent_id as did_id, r.rse_id, count(*) as length, sum(r.bytes)::bigint as bytes,
      count(*) filter (where r.state = 'A') as available_length,
      coalesce(sum(r.bytes) filter (where r.state = 'A'), 0)::bigint as available_bytes
    from contents c join dids d on d.id = c.parent_id and d.did_type = 'D' join replicas r on r.did_id = c.child_id
    group by c.parent_id, r.rse_id) s using (did_id, rse_id)
  where (u.length, u.bytes, u.available_length, u.available_bytes)
    is distinct from (s.length, s.bytes, s.available_length, s.available_bytes)
  union all
  select 'copy on its way without a request', r.did_id::text, 0, 0 from replicas r
  where r.state = 'C' and exists (select from locks l where l.did_id = r.did_id and l.rse_id = r.rse_id and l.state = 'R')
    and not exists (select from requests q where q.did_id = r.did_id and q.dest_rse_id = r.rse_id and (q.state <> 'U' or q.external_id is not null))`;

describe('counters and locks', () => {
  let lake: TestLake;
  let world: World;
  const clock = manualClock(Date.now());
  before(async () => {
    lake = await startTestLake({ clock, settings: { tokenLifetime: 10_000_000, backgroundLocks: 12 } });
    world = await makeWorld(lake);
    for (const rse of RSES) await world.addRse(rse);
  });
  after(() => lake.stop());

  for (const seed of [1, 2, 3]) {
    test(`are the sums of the rows after anything that may happen (seed ${seed})`, async () => {
      const random = seeded(seed);
      const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
      const some = <T>(list: readonly T[], share: number): T[] => list.filter(() => random() < share);
      const { sql } = lake.lake;
      const name = (kind: string, index: number) => `${kind}${seed}-${index}`;
      const files = Array.from({ length: 16 }, (_, index) => name('f', index));
      const datasets = Array.from({ length: 4 }, (_, index) => name('d', index));
      const containers = [name('c', 0), name('c', 1)];
      for (const file of files)
        await world.addFiles(null, [file], some(RSES, 0.5), 1 + Math.floor(random() * 50));
      for (const dataset of datasets) await world.addCollection(dataset, 'D');
      for (const container of containers) await world.addCollection(container, 'C');
      const dids = (names: string[]) => ({ dids: names.map((did) => ({ scope: 'test', name: did })) });

      const addRule = async () => {
        const copies = 1 + Math.floor(random() * 2);
        const more = { copies, grouping: pick(['ALL', 'DATASET', 'NONE']), purge_replicas: random() < 0.5 };
        const expression = `(${pick(RSES)})${'|R1|R2|R3'.slice(0, 3 * Math.floor(random() * 4))}`;
        await lake.api(
          'POST',
          '/rules',
          wish(pick([...files, ...datasets, ...containers]), expression, more),
        );
      };
      const attachFiles = () => lake.api('POST', `/dids/test/${pick(datasets)}/dids`, dids(some(files, 0.3)));
      const attachDatasets = () =>
        lake.api('POST', `/dids/test/${pick(containers)}/dids`, dids(some(datasets, 0.5)));
      const detach = async () => {
        const [edge] = await sql<{ parent: string; child: string }[]>`
          select p.name as parent, c.name as child from contents join dids p on p.id = parent_id join dids c on c.id = child_id
          order by md5(parent_id || '-' || child_id || ${String(random())}) limit 1`;
        if (edge) await lake.api('DELETE', `/dids/test/${edge.parent}/dids`, dids([edge.child]));
      };
      const settle = async () => {
        const asked = await sql<{ did_id: number; rse_id: string }[]>`
          select did_id, dest_rse_id as rse_id from requests where state = 'Q'`;
        const came = some(asked, 0.4).map((copy) => ({
          ...copy,
          state: pick(['O', 'O', 'S'] as const),
          reason: 'TIMEOUT',
          facts: { seconds: 1 },
        }));
        const ids = (state: string) => came.filter((copy) => copy.state === state);
        await judged(lake.lake, async (tx) => {
          await lockFiles(
            tx,
            came.map((copy) => copy.did_id),
            'copies',
          );
          await tx`
            delete from requests q using unnest(${came.map((c) => c.did_id)}::bigint[], ${came.map((c) => c.rse_id)}::uuid[]) c (d, r)
            where q.did_id = c.d and q.dest_rse_id = c.r`;
          await tx`
            with made as (
              update replicas r set state = 'A'
              from unnest(${ids('O').map((c) => c.did_id)}::bigint[], ${ids('O').map((c) => c.rse_id)}::uuid[]) c (d, r)
              where r.did_id = c.d and r.rse_id = c.r and r.state in ('C', 'U') returning r.did_id, r.rse_id, r.bytes)
            insert into collection_replica_deltas (did_id, rse_id, length, bytes, available_length, available_bytes)
            select c.parent_id, m.rse_id, 0, 0, count(*), sum(m.bytes) from made m join contents c on c.child_id = m.did_id
            group by c.parent_id, m.rse_id`;
          await settleLocks(tx, came, new Date(clock.now()));
        });
      };
      const endRule = () => sql`
        update rules set expires_at = ${new Date(clock.now() - 1)} where not locked
          and id = (select id from rules order by md5(id || ${String(random())}) limit 1)`;
      const changeRule = async () => {
        const [rule] = await sql<
          { id: string }[]
        >`select id from rules order by md5(id || ${String(random())}) limit 1`;
        if (!rule) return;
        const options = pick([
          { state: 'STUCK' },
          { state: 'STUCK', cancel_requests: true },
          { state: 'SUSPENDED' },
          { account: 'eve' },
        ]);
        await lake.api('PUT', `/rules/${rule.id}`, { options });
      };
      const reduce = async () => {
        const [rule] = await sql<
          { id: string }[]
        >`select id from rules where state = 'O' and copies > 1 limit 1`;
        if (rule) await lake.api('POST', `/rules/${rule.id}/reduce`, { copies: 1 });
      };
      const daemon = () =>
        lake.drain(
          pick(['judge-evaluator', 'judge-evaluator', 'judge-injector', 'judge-cleaner', 'judge-repairer']),
        );
      const wait = async () => clock.advance(3_600_000);
      await lake.newAccount('eve');

      const actions = [
        addRule,
        addRule,
        addRule,
        attachFiles,
        attachFiles,
        attachDatasets,
        detach,
        settle,
        settle,
        endRule,
        changeRule,
        reduce,
        daemon,
        daemon,
        daemon,
        wait,
      ];
      for (let step = 0; step < STEPS; step++) {
        // two things at a time: what one of them does must not be lost to the other
        await Promise.all([pick(actions)(), pick(actions)()]);
        assert.deepEqual([...(await differences(lake))], [], `step ${step}`);
      }
      await sql`update rules set state = 'S', incomplete = true, next_attempt_at = ${new Date(clock.now())} where state = 'U'`;
      clock.advance(3_600_000);
      for (const last of ['judge-evaluator', 'judge-repairer', 'judge-injector', 'judge-cleaner'])
        await lake.drain(last);
      assert.deepEqual([...(await differences(lake))], []);
      const strays = await sql`
        with recursive above (file, id) as (
          select distinct did_id, did_id from locks
          union
          select above.file, c.parent_id from above join contents c on c.child_id = above.id)
        select l.did_id, l.rule_id from locks l join rules r on r.id = l.rule_id
        where not exists (select from above where above.file = l.did_id and above.id = r.did_id)`;
      assert.deepEqual([...strays], [], 'locks on files that are not below the DID of the rule');
      const bare = await sql`
        with recursive below (rule_id, copies, id, did_type) as (
          select r.id, r.copies, d.id, d.did_type from rules r join dids d on d.id = r.did_id where r.state in ('O', 'R', 'S') and not r.incomplete
          union
          select below.rule_id, below.copies, d.id, d.did_type from below join contents c on c.parent_id = below.id join dids d on d.id = c.child_id)
        select b.rule_id, b.id from below b
        where b.did_type = 'F' and (select count(*) from locks l where l.rule_id = b.rule_id and l.did_id = b.id) < b.copies`;
      assert.deepEqual([...bare], [], 'files below the DID of a rule without their copies');
    });
  }
});
