import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeSuite } from './testing.ts';

describe('the judge', () => {
  const tier = { tier: '1' };
  const suite = judgeSuite(
    { ONE: tier, TWO: tier, THREE: tier, LATE: { tombstone_delay: '86400' } },
    { ruleDeletionDelay: 3600, tokenLifetime: 10_000_000 },
  );
  const { clock, add, rule, locksOf, attach, detach, update, settle } = suite;

  test('attached files follow the rules of the dataset and of what it lies in; detached ones are let go', async () => {
    await suite.world.addFiles('a', ['a1', 'a2'], ['ONE']);
    await suite.world.addFiles(null, ['a3', 'a4'], ['ONE']);
    await suite.world.addCollection('ac', 'C', ['a']);
    const onDataset = await add('a', 'TWO|THREE');
    const onContainer = await add('ac', 'ONE');
    const target = (await locksOf(onDataset))[0]!.split('@')[1]!;
    await attach('a', ['a3', 'a4']);
    assert.deepEqual(
      await locksOf(onDataset),
      ['a1', 'a2', 'a3', 'a4'].map((name) => `${name}@${target}`),
    );
    assert.equal((await rule(onContainer)).locks_ok_cnt, 4);
    assert.equal((await rule(onDataset)).locks_replicating_cnt, 4);
    await detach('a', ['a1', 'a3']);
    assert.deepEqual(await locksOf(onContainer), ['a2@ONE', 'a4@ONE']);
    assert.equal((await rule(onDataset)).locks_replicating_cnt, 2);
    const [request] = await suite.lake.lake.sql`
      select q.state, q.reason from requests q join dids d on d.id = q.did_id where d.name = 'a3'`;
    assert.deepEqual({ ...request }, { state: 'U', reason: 'CANCELED' });
    const [debris] = await suite.lake.lake.sql`
      select r.state, r.lock_cnt, r.tombstone from replicas r join dids d on d.id = r.did_id
      where d.name = 'a3' and r.rse_id = ${suite.world.rses[target]!}`;
    assert.deepEqual({ ...debris }, { state: 'U', lock_cnt: 0, tombstone: new Date(0) });
    await settle(['a2', 'a4'], target, 'O');
    assert.equal((await rule(onDataset)).state, 'OK');
  });

  test('a file in two datasets of a rule keeps its lock until it left both; whole datasets come and go', async () => {
    await suite.world.addFiles('s1', ['shared', 'own1'], ['ONE']);
    await suite.world.addCollection('s2', 'D', ['shared']);
    await suite.world.addCollection('sc', 'C', []);
    const id = await add('sc', 'ONE');
    assert.equal((await rule(id)).state, 'OK');
    await attach('sc', ['s1', 's2']);
    assert.deepEqual(await locksOf(id), ['own1@ONE', 'shared@ONE']);
    assert.equal((await suite.lake.api('GET', '/locks/test/sc')).json.length, 2);
    await detach('sc', ['s1']);
    assert.deepEqual(await locksOf(id), ['shared@ONE']);
    assert.equal((await suite.lake.api('GET', '/locks/test/s1')).json.length, 0);
    await detach('s2', ['shared']);
    assert.deepEqual(await locksOf(id), []);
  });

  test('a deleted rule ends after the delay and leaves tombstones; locked ones stay', async () => {
    await suite.world.addFiles('d', ['d1', 'd2'], ['ONE', 'LATE']);
    const purging = await add('d', 'ONE');
    const late = await add('d', 'LATE');
    await update(late, { locked: true });
    const refused = await suite.lake.api('DELETE', `/rules/${late}`, {});
    assert.equal(refused.headers.get('exceptionclass'), 'UnsupportedOperation');
    await update(late, { locked: false });
    assert.equal((await suite.lake.api('DELETE', `/rules/${purging}`, { purge_replicas: true })).status, 200);
    assert.equal((await suite.lake.api('DELETE', `/rules/${late}`, { purge_replicas: null })).status, 200);
    assert.equal(await suite.lake.drain('judge-cleaner'), 0);
    clock.advance(3_601_000);
    await suite.lake.drain('judge-cleaner');
    assert.equal((await suite.lake.api('GET', `/rules/${purging}`)).status, 404);
    assert.equal((await suite.lake.api('GET', `/rules/${purging}/history`)).json.length, 1);
    assert.equal((await suite.lake.api('GET', '/rules/test/d/history')).json.length, 2);
    const rows = await suite.lake.lake.sql<{ rse_id: string; tombstone: Date; lock_cnt: number }[]>`
      select r.rse_id, r.tombstone, r.lock_cnt from replicas r join dids d on d.id = r.did_id where d.name = 'd1'`;
    const at = (rse: string) => rows.find((row) => row.rse_id === suite.world.rses[rse])!;
    assert.deepEqual(at('ONE').tombstone, new Date(0));
    assert.equal(at('LATE').tombstone.getTime(), clock.now() + 86_400_000);
    assert.equal(at('LATE').lock_cnt, 0);
    assert.equal((await suite.lake.api('DELETE', '/rules/foo', {})).status, 404);
    const jane = await suite.lake.newAccount('jane');
    const kept = await add('d', 'TWO');
    assert.equal((await suite.lake.api('DELETE', `/rules/${kept}`, {}, { token: jane.token })).status, 401);
  });

  test('a stuck lock is tried again, then elsewhere; the rule says why', async () => {
    await suite.world.addFiles('r', ['r1', 'r2'], ['ONE']);
    const id = await add('r', 'TWO|THREE');
    const target = (await locksOf(id))[0]!.split('@')[1]!;
    const other = target === 'TWO' ? 'THREE' : 'TWO';
    await settle(['r1'], target, 'O');
    for (let repair = 0; repair < 2; repair++) {
      await settle(['r2'], target, 'S');
      const stuck = await rule(id);
      assert.equal(stuck.state, 'STUCK');
      assert.match(stuck.error, /does not match the catalogue: adler32 differs/);
      clock.advance(3_600_000);
      await suite.lake.drain('judge-repairer');
      assert.equal((await rule(id)).state, 'REPLICATING');
      assert.deepEqual(await locksOf(id), [`r1@${target}`, `r2@${target}`]);
    }
    await settle(['r2'], target, 'S');
    clock.advance(3_600_000);
    await suite.lake.drain('judge-repairer');
    assert.deepEqual(await locksOf(id), [`r1@${target}`, `r2@${other}`]);
    await settle(['r2'], other, 'O');
    assert.equal((await rule(id)).state, 'OK');
  });

  test('a stuck lock at a closed storage waits, and is tried again as soon as that is opened', async () => {
    await suite.world.addFiles('door', ['door1'], ['ONE']);
    const id = await add('door', 'THREE');
    const door = (open: boolean) => suite.lake.api('PUT', '/rses/THREE', { availability_write: open });
    await door(false);
    await settle(['door1'], 'THREE', 'S');
    await suite.lake.drain('judge-repairer');
    clock.advance(1000);
    await suite.lake.drain('judge-repairer');
    assert.equal((await rule(id)).state, 'STUCK');
    await door(true);
    await suite.lake.drain('judge-repairer');
    assert.equal((await rule(id)).state, 'REPLICATING');
  });

  test('no quota for attached files: stuck with the reason, laid out again when there is room', async () => {
    const { sql } = suite.lake.lake;
    await suite.lake.newAccount('carl');
    await sql`insert into account_limits (account, rse_id, bytes) values ('carl', ${suite.world.rses.TWO!}, 150)`;
    await suite.world.addFiles('q', ['q1'], ['ONE']);
    await suite.world.addFiles(null, ['q2'], ['ONE']);
    const id = await add('q', 'TWO', { account: 'carl', grouping: 'NONE' });
    await attach('q', ['q2']);
    const stuck = await rule(id);
    assert.equal(stuck.state, 'STUCK');
    assert.match(stuck.error, /InsufficientAccountLimit/);
    const why = (await suite.lake.api('GET', `/rules/${id}/explain`)).json;
    assert.equal(why.causes[0].reason, 'INSUFFICIENT_QUOTA');
    await settle(['q1'], 'TWO', 'O');
    assert.equal((await rule(id)).state, 'STUCK');
    for (const daemon of ['judge-repairer', 'judge-injector']) await suite.lake.drain(daemon);
    assert.equal((await rule(id)).state, 'STUCK');
    // At once: not after the back-off that began with the look before.
    clock.advance(1000);
    await suite.lake.api('POST', '/accounts/carl/limits/local/TWO', { bytes: 1000 });
    await suite.lake.drain('judge-repairer');
    await suite.lake.drain('judge-injector');
    assert.deepEqual(await locksOf(id), ['q1@TWO', 'q2@TWO']);
    assert.equal((await rule(id)).state, 'REPLICATING');
    assert.equal((await rule(id)).error, null);
  });

  test('moving waits for the child, reducing happens at once or not at all', async () => {
    await suite.world.addFiles('m', ['m1', 'm2'], ['ONE', 'TWO']);
    const id = await add('m', 'ONE', { activity: 'Express' });
    const moved = await suite.lake.api('POST', `/rules/${id}/move`, {
      rse_expression: 'THREE',
      override: { activity: 'Any other' },
    });
    assert.equal(moved.status, 201, moved.text);
    const child = JSON.parse(moved.text) as string;
    assert.equal((await rule(id)).child_rule_id, child);
    assert.equal((await rule(child)).activity, 'Any other');
    const again = await suite.lake.api('POST', `/rules/${id}/move`, { rse_expression: 'TWO' });
    assert.equal(again.headers.get('exceptionclass'), 'RuleReplaceFailed');
    clock.advance(10_000);
    assert.equal(await suite.lake.drain('judge-cleaner'), 0);
    await settle(['m1', 'm2'], 'THREE', 'O');
    await suite.lake.drain('judge-cleaner');
    assert.equal((await suite.lake.api('GET', `/rules/${id}`)).status, 404);
    for (const override of [{ dids: [] }, { nonsense: 1 }]) {
      const bad = await suite.lake.api('POST', `/rules/${child}/move`, { rse_expression: 'TWO', override });
      assert.equal(bad.status, 409);
      assert.equal(bad.headers.get('exceptionclass'), 'UnsupportedOperation');
    }
    assert.equal((await suite.lake.api('POST', '/rules/foo/move', { rse_expression: 'TWO' })).status, 404);

    const two = await add('m', 'ONE|TWO', { copies: 2 });
    const failed = await suite.lake.api('POST', `/rules/${two}/reduce`, { copies: 2 });
    assert.equal(failed.headers.get('exceptionclass'), 'RuleReplaceFailed');
    const reduced = await suite.lake.api('POST', `/rules/${two}/reduce`, {
      copies: 1,
      exclude_expression: 'ONE',
    });
    assert.equal(reduced.status, 200, reduced.text);
    assert.deepEqual(await locksOf(JSON.parse(reduced.text)), ['m1@TWO', 'm2@TWO']);
    assert.equal((await suite.lake.api('GET', `/rules/${two}`)).status, 404);
  });

  test('options are changed in the words of the field, all or none', async () => {
    await suite.lake.newAccount('olga');
    await suite.world.addFiles('o', ['o1'], ['ONE']);
    const id = await add('o', 'TWO');
    const good = {
      comment: 'new',
      lifetime: 100,
      priority: 5,
      activity: 'Express',
      account: 'olga',
      meta: { a: 1 },
      purge_replicas: true,
      eol_at: 'Fri, 20 Nov 2027 05:54:06 UTC',
      source_replica_expression: 'ONE',
    };
    assert.equal((await update(id, good)).status, 200);
    const changed = await rule(id);
    assert.deepEqual(
      [
        changed.comments,
        changed.priority,
        changed.activity,
        changed.account,
        changed.meta,
        changed.purge_replicas,
        changed.eol_at,
      ],
      ['new', 5, 'Express', 'olga', '{"a":1}', true, 'Sat, 20 Nov 2027 05:54:06 UTC'],
    );
    const [usage] = await suite.lake.lake.sql`select files from account_usage_now where account = 'olga'`;
    assert.equal(usage!.files, 1);
    const [request] = await suite.lake.lake
      .sql`select priority, activity, account from requests where rule_id = ${id}`;
    assert.deepEqual({ ...request }, { priority: 5, activity: 'Express', account: 'olga' });
    for (const [options, status, name] of [
      [{ nonsense: 1 }, 409, 'InputValidationError'],
      [{ state: 'OK' }, 409, 'InputValidationError'],
      [{ comment: 'x', account: 'nobody' }, 404, 'AccountNotFound'],
      [{ child_rule_id: null }, 409, 'InputValidationError'],
      [{ child_rule_id: id }, 409, 'InputValidationError'],
      [{ lifetime: 'x' }, 409, 'InvalidObject'],
      [{ activity: 'Nonsense' }, 409, 'InvalidObject'],
      [{ priority: -1 }, 409, 'InvalidObject'],
      [{ eol_at: 'x' }, 409, 'InputValidationError'],
      [{ locked: 'x' }, 400, 'TypeError'],
      [{ source_replica_expression: 'NOWHERE' }, 409, 'InvalidSourceReplicaExpression'],
    ] as const) {
      const answer = await update(id, options);
      assert.deepEqual(
        [answer.status, answer.headers.get('exceptionclass')],
        [status, name],
        JSON.stringify(options),
      );
    }
    assert.equal((await rule(id)).comments, 'new');
    assert.equal((await suite.lake.api('PUT', `/rules/${id}`, {})).headers.get('exceptionclass'), 'KeyError');
    assert.equal((await update('foo', { comment: 'x' })).status, 404);
    assert.equal((await update(id, { state: 'SUSPENDED' })).status, 200);
    await settle(['o1'], 'TWO', 'O');
    assert.equal((await rule(id)).state, 'SUSPENDED');
    assert.equal((await update(id, { state: 'STUCK' })).status, 200);
    await suite.lake.drain('judge-repairer');
    assert.equal((await rule(id)).state, 'OK');
    assert.equal((await update(id, { lifetime: null })).status, 200);
    assert.equal((await rule(id)).expires_at, null);
  });

  test('cancelling the requests of a rule makes every rule on these copies stuck, and repair asks anew', async () => {
    await suite.world.addFiles('k', ['k1'], ['ONE']);
    const first = await add('k', 'THREE');
    const second = await add('k', '(THREE)');
    assert.equal((await update(first, { state: 'STUCK', cancel_requests: true })).status, 200);
    assert.equal((await rule(first)).state, 'STUCK');
    assert.equal((await rule(second)).state, 'STUCK');
    assert.equal((await update(first, { boost_rule: true })).status, 200);
    await suite.lake.drain('judge-repairer');
    assert.equal((await rule(first)).state, 'REPLICATING');
    assert.equal((await rule(second)).state, 'REPLICATING');
    const [request] = await suite.lake.lake
      .sql`select state, reason from requests where did_id = ${await suite.world.idOf('k1')}`;
    assert.deepEqual({ ...request }, { state: 'Q', reason: 'QUEUED' });
  });

  test('notifications: RULE_OK and DATASETLOCK_OK for those who asked', async () => {
    await suite.world.addFiles('n', ['n1'], ['ONE']);
    const id = await add('n', 'TWO', { notify: 'Y' });
    await settle(['n1'], 'TWO', 'O');
    const events = await suite.lake.lake.sql<{ event_type: string; payload: Record<string, unknown> }[]>`
      select event_type, payload from messages where payload->>'rule_id' = ${id} order by id`;
    assert.deepEqual(
      events.map((event) => [event.event_type, event.payload]),
      [
        ['RULE_OK', { scope: 'test', name: 'n', rule_id: id }],
        [
          'DATASETLOCK_OK',
          { scope: 'test', name: 'n', rse: 'TWO', rse_id: suite.world.rses.TWO, rule_id: id },
        ],
      ],
    );
  });
});
