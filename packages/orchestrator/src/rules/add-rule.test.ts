import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';
import { judgeInjector } from './judge-injector.ts';
import { FILES_PER_STEP } from './lay-out-rule.ts';
import { makeWorld, type World, wish } from './testing.ts';

describe('adding rules', () => {
  let lake: TestLake;
  let world: World;

  before(async () => {
    lake = await startTestLake();
    world = await makeWorld(lake);
    await world.addRse('ONE', { attributes: { tier: '1', heavy: '10' } });
    await world.addRse('TWO', { attributes: { tier: '1' } });
    await world.addRse('THREE', { attributes: { tier: '2' } });
    await world.addRse('CLOSED', { availability_write: false });
  });
  after(() => lake.stop());

  const add = async (name: string, expression: string, more: Record<string, unknown> = {}) => {
    const answer = await lake.api('POST', '/rules/', wish(name, expression, more));
    assert.equal(answer.status, 201, answer.text);
    return (JSON.parse(answer.text) as string[])[0]!;
  };
  const rule = async (id: string) => (await lake.api('GET', `/rules/${id}`)).json;
  const refused = async (body: unknown, status: number, name: string, token?: string) => {
    const answer = await lake.api('POST', '/rules', body, token === undefined ? {} : { token });
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.headers.get('exceptionclass'), name, answer.text);
  };

  test('a rule where the copies are is OK, one elsewhere replicates with requests', async () => {
    await world.addFiles('ds1', ['a1', 'a2', 'a3'], ['ONE']);
    const here = await rule(await add('ds1', 'ONE'));
    assert.equal(here.state, 'OK');
    assert.equal(here.locks_ok_cnt, 3);
    const there = await rule(await add('ds1', 'TWO', { copies: 1, activity: 'Express', comment: 'why' }));
    assert.equal(there.state, 'REPLICATING');
    assert.equal(there.locks_replicating_cnt, 3);
    assert.equal(there.grouping, 'DATASET');
    assert.equal(there.comments, 'why');
    const requests = await lake.lake
      .sql`select state, activity, reason from requests where rule_id = ${there.id}`;
    assert.deepEqual([...requests], Array(3).fill({ state: 'Q', activity: 'Express', reason: 'QUEUED' }));
    const locks = await lake.api('GET', `/rules/${there.id}/locks`);
    assert.equal(locks.json.length, 3);
    assert.equal(locks.json[0].state, 'REPLICATING');
    assert.equal(locks.json[0].rse, 'TWO');
    const datasets = await lake.api('GET', '/locks/test/ds1?did_type=dataset');
    assert.deepEqual(
      datasets.json.map((lock: { rse: string; state: string }) => [lock.rse, lock.state]),
      [
        ['ONE', 'OK'],
        ['TWO', 'REPLICATING'],
      ],
    );
    const counters = await lake.lake.sql`
    select files, bytes from rse_counters_now where rse_id = ${world.rses.TWO!}`;
    assert.deepEqual({ ...counters[0] }, { files: 3, bytes: 300 });
    const usage = await lake.lake.sql`
    select files, bytes from account_usage_now where account = 'root' and rse_id = ${world.rses.TWO!}`;
    assert.deepEqual({ ...usage[0] }, { files: 3, bytes: 300 });
    assert.equal((await lake.api('GET', '/dids/test/a1/associated_rules')).json.length, 2);
    assert.equal((await lake.api('GET', '/dids/test/ds1/rules')).json.length, 2);
    assert.ok('bytes' in (await rule(here.id)));
    assert.equal((await lake.api('GET', '/rules/?scope=test&name=ds1&state=OK')).json.length, 1);
    assert.equal((await lake.api('GET', '/accounts/root/rules')).json.length, 2);
    assert.equal((await lake.api('GET', '/rules/test/ds1/history')).json.length, 2);
    assert.equal((await lake.api('GET', `/rules/${here.id}/history`)).json.length, 1);
    assert.equal((await lake.api('GET', '/locks/TWO?did_type=dataset')).json.length, 1);
  });

  test('grouping decides who goes where; existing copies attract', async () => {
    await world.addFiles('g1', ['g11', 'g12', 'g13'], ['ONE']);
    await world.addFiles('g2', ['g21', 'g22'], ['TWO']);
    await world.addFiles('g3', ['g31'], ['THREE']);
    await world.addCollection('gc', 'C', ['g1', 'g2', 'g3']);
    const at = async (id: string) =>
      (await lake.api('GET', `/rules/${id}/locks`)).json
        .map((l: { name: string; rse: string }) => `${l.name}@${l.rse}`)
        .sort();
    const together = await add('gc', 'ONE|TWO|THREE', { grouping: 'ALL' });
    assert.deepEqual(await at(together), ['g11@ONE', 'g12@ONE', 'g13@ONE', 'g21@ONE', 'g22@ONE', 'g31@ONE']);
    await lake.lake.sql`update rules set rse_expression = 'x' where id = ${together}`;
    const datasets = await add('gc', 'ONE|TWO|THREE', { grouping: 'DATASET' });
    assert.equal((await rule(datasets)).state, 'OK');
    assert.deepEqual(
      (await lake.api('GET', '/locks/test/g2')).json.map((l: { rse: string }) => l.rse).sort(),
      ['ONE', 'TWO'],
    );
    await lake.lake.sql`update rules set rse_expression = 'y' where id = ${datasets}`;
    const files = await add('gc', 'ONE|TWO|THREE', { grouping: 'NONE', copies: 2 });
    assert.equal((await at(files)).length, 12);
  });

  test('a large rule is laid out in steps and ends up like a small one', async () => {
    const names = Array.from({ length: 12_000 }, (_, index) => `big${index}`);
    await world.addFiles('big', names, ['ONE']);
    const id = await add('big', 'THREE');
    const before = await rule(id);
    assert.equal(before.state, 'INJECT');
    // one step, then whatever happens: the next one goes on where it was
    await judgeInjector(lake.lake).batch({
      now: lake.lake.clock.now(),
      signal: new AbortController().signal,
    });
    const halfway = await rule(id);
    assert.deepEqual([halfway.state, halfway.locks_replicating_cnt], ['INJECT', FILES_PER_STEP]);
    await world.addFiles(null, ['late'], ['ONE']);
    const attached = await lake.api('POST', '/dids/test/big/dids', {
      dids: [{ scope: 'test', name: 'late' }],
    });
    assert.equal(attached.status, 201, attached.text);
    await lake.drain('judge-evaluator');
    assert.equal((await rule(id)).locks_replicating_cnt, FILES_PER_STEP + 1);
    assert.ok((await lake.drain('judge-injector')) >= 1);
    const done = await rule(id);
    assert.equal(done.state, 'REPLICATING');
    assert.equal(done.locks_replicating_cnt, 12_001);
    const [requests] = await lake.lake.sql<
      [{ n: number }]
    >`select count(*)::int as n from requests where rule_id = ${id}`;
    assert.equal(requests.n, 12_001);
    assert.equal(await lake.drain('judge-injector'), 0);
  });

  test('a delayed rule waits, a split rule becomes rules of datasets', async () => {
    const delayed = await rule(await add('ds1', 'THREE', { delay_injection: 3600 }));
    assert.equal(delayed.state, 'INJECT');
    assert.equal(await lake.drain('judge-injector'), 0);
    const split = await add('gc', 'tier=2', { split_container: true });
    await lake.drain('judge-injector');
    assert.equal((await lake.api('GET', `/rules/${split}`)).status, 404);
    const made = await lake.api('GET', '/rules?rse_expression=tier%3D2');
    assert.deepEqual(made.json.map((r: { name: string }) => r.name).sort(), ['g1', 'g2', 'g3']);
  });

  test('a closed RSE blocks, or holds stuck locks when availability is ignored', async () => {
    await world.addFiles('dsc', ['c1', 'c2'], ['ONE']);
    await refused(wish('dsc', 'CLOSED'), 409, 'RSEWriteBlocked');
    const stuck = await rule(await add('dsc', 'CLOSED', { ignore_availability: true }));
    assert.equal(stuck.state, 'STUCK');
    assert.equal(stuck.locks_stuck_cnt, 2);
    assert.match(stuck.error, /CLOSED is closed for writing/);
    const [requests] = await lake.lake.sql<
      [{ n: number }]
    >`select count(*)::int as n from requests where rule_id = ${stuck.id}`;
    assert.equal(requests.n, 0);
  });

  test('quota: local and global limits, nothing without one, everything for administrators', async () => {
    const jane = await lake.newAccount('jane');
    const { sql } = lake.lake;
    const mine = (expression: string, more = {}) => wish('ds1', expression, { account: 'jane', ...more });
    await refused(mine('ONE'), 409, 'InsufficientAccountLimit', jane.token);
    await sql`insert into account_limits (account, rse_id, bytes) values ('jane', ${world.rses.ONE!}, 300)`;
    await refused(mine('ONE'), 409, 'InsufficientAccountLimit', jane.token);
    await sql`update account_limits set bytes = 301 where account = 'jane'`;
    await sql`insert into account_global_limits (account, rse_expression, bytes) values ('jane', 'tier=1', 299)`;
    await refused(mine('ONE'), 409, 'InsufficientAccountLimit', jane.token);
    await sql`update account_global_limits set bytes = -1 where account = 'jane'`;
    const made = await lake.api('POST', '/rules', mine('ONE'), { token: jane.token });
    assert.equal(made.status, 201, made.text);
    await refused(mine('(ONE)'), 409, 'InsufficientAccountLimit', jane.token);
    await refused(wish('ds1', 'ONE'), 401, 'AccessDenied', jane.token);
    await refused(mine('ONE', { locked: true }), 401, 'AccessDenied', jane.token);
    const waiting = await lake.api('POST', '/rules', mine('TWO', { ask_approval: true }), {
      token: jane.token,
    });
    const [id] = JSON.parse(waiting.text) as [string];
    assert.equal((await rule(id)).state, 'WAITING_APPROVAL');
    assert.equal(
      (await lake.api('PUT', `/rules/${id}`, { options: { approve: true } }, { token: jane.token })).status,
      401,
    );
    assert.equal((await lake.api('PUT', `/rules/${id}`, { options: { approve: true } })).status, 200);
    await lake.drain('judge-injector');
    assert.equal((await rule(id)).state, 'REPLICATING');
  });

  test('bad wishes are refused in the words of the field and change nothing', async () => {
    const { sql } = lake.lake;
    const count = async () => (await sql<[{ n: number }]>`select count(*)::int as n from rules`)[0].n;
    const before = await count();
    await refused(wish('ds1', 'ONE', { copies: 0 }), 400, 'InvalidValueForKey');
    await refused(wish('ds1', 'ONE', { copies: 'x' }), 409, 'InvalidObject');
    await refused(wish('ds1', 'ONE', { copies: 1.5 }), 409, 'InvalidObject');
    await refused(wish('ds1', 'ONE', { copies: 2 }), 409, 'InsufficientTargetRSEs');
    await refused(wish('ds1', 'NOWHERE'), 409, 'InvalidRSEExpression');
    await refused(wish('ds1', '((ONE'), 409, 'InvalidRSEExpression');
    await refused(wish('ds1', 'ONE|TWO', { weight: 'tier', copies: 3 }), 409, 'InsufficientTargetRSEs');
    await refused(wish('ds1', 'ONE', { weight: 'ONE' }), 409, 'InvalidRuleWeight');
    await refused(
      wish('ds1', 'ONE', { source_replica_expression: 'NOWHERE' }),
      409,
      'InvalidSourceReplicaExpression',
    );
    await refused(wish('ds1', 'ONE'), 409, 'DuplicateRule');
    await refused(wish('missing', 'ONE'), 404, 'DataIdentifierNotFound');
    await refused(wish('ds1', 'ONE', { account: 'nobody' }), 404, 'AccountNotFound');
    await refused(wish('ds1', 'TWO|ONE', { activity: 'Nonsense' }), 409, 'InvalidObject');
    await refused(wish('ds1', 'TWO|ONE', { grouping: 'SOME' }), 409, 'InvalidObject');
    await refused(wish('ds1', 'TWO|ONE', { lifetime: 'long' }), 409, 'InvalidObject');
    await refused(wish('ds1', 'TWO|ONE', { lifetime: 1e300 }), 409, 'InvalidObject');
    await refused(wish('ds1', 'TWO|ONE', { comment: 'x'.repeat(251) }), 409, 'InvalidObject');
    await refused(wish('ds1', 'TWO|ONE', { comment: 'nul \u0000' }), 409, 'InvalidObject');
    await refused(wish('ds1', 'TWO|ONE', { locked: 'perhaps' }), 400, 'TypeError');
    await refused(wish('ds1', 'TWO|ONE', { subscription_id: 'x' }), 409, 'InvalidObject');
    await refused(wish('ds1', "ONE'; drop table rules; --"), 409, 'InvalidRSEExpression');
    await refused({ ...wish('ds1', 'ONE'), dids: 'ds1' }, 409, 'InvalidObject');
    await refused({ ...wish('ds1', 'ONE'), dids: [] }, 409, 'InvalidObject');
    await refused({ copies: 1, rse_expression: 'ONE', account: 'root' }, 400, 'KeyError');
    await refused([], 400, 'TypeError');
    await refused('nonsense', 400, 'ValueError');
    assert.equal((await lake.api('GET', '/rules/foo')).status, 404);
    assert.equal((await lake.api('GET', '/rules?nonsense=1')).status, 400);
    assert.equal((await lake.api('GET', '/rules?state=PERHAPS')).status, 400);
    assert.equal(await count(), before);
  });

  test('two rules on the same files at once count right and do not deadlock', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `same${index}`);
    const ids = await world.addFiles('same', names, ['ONE']);
    const expressions = ['TWO', '(TWO)', '((TWO))', 'TWO&TWO', 'TWO|TWO', '(TWO)&TWO'];
    await Promise.all(expressions.map((expression) => add('same', expression)));
    const [replicas] = await lake.lake.sql<[{ n: number; low: number; high: number }]>`
    select count(*)::int as n, min(lock_cnt) as low, max(lock_cnt) as high from replicas
    where did_id = any(${ids}::bigint[]) and rse_id = ${world.rses.TWO!}`;
    assert.deepEqual({ ...replicas }, { n: 300, low: 6, high: 6 });
    const [requests] = await lake.lake.sql<[{ n: number }]>`
    select count(*)::int as n from requests where did_id = any(${ids}::bigint[])`;
    assert.equal(requests.n, 300);
  });
});
