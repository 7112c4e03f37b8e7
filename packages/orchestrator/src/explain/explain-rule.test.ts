import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeSuite } from '../rules/testing.ts';

describe('explaining rules', () => {
  const suite = judgeSuite({ ONE: {}, TWO: {} });
  const { clock, add, settle } = suite;

  test('explain tells the stored reasons, grouped, with examples and pages', async () => {
    const { sql } = suite.lake.lake;
    await suite.world.addFiles('e', ['e1', 'e2', 'e3'], ['ONE']);
    const id = await add('e', 'TWO');
    const e1 = await suite.world.idOf('e1');
    await sql`
      update requests set state = 'N', reason = 'NO_SOURCES', reason_facts = ${sql.json({ detail: 'none left' })}, reason_since = ${new Date(clock.now())}
      where did_id = ${e1}`;
    await sql`
      insert into requests_history (request_id, attempt, request_type, scope, name, dest_rse_id, source_rse_id, rule_id, bytes, state, reason, err_msg, created_at)
      values (gen_random_uuid(), 1, 'T', 'test', 'e1', ${suite.world.rses.TWO!}, ${suite.world.rses.ONE!}, ${id}, 100, 'F', 'SOURCE_DOWN', 'connection refused', ${new Date(clock.now() - 5000)}),
             (gen_random_uuid(), 1, 'T', 'test', 'e1', ${suite.world.rses.TWO!}, ${suite.world.rses.ONE!}, null, 100, 'D', 'TRANSFERRING', null, ${new Date(clock.now() - 90_000_000)})`;
    const why = (await suite.lake.api('GET', `/rules/${id}/explain`)).json;
    assert.equal(why.state, 'REPLICATING');
    assert.equal(
      why.summary,
      '0 of 3 copies are there, 2 copies are on the way, 1 copy is held up. 1 copy at TWO: No available copy to read from: none left.',
    );
    assert.deepEqual(why.progress.replicating, { files: 3, bytes: 300 });
    assert.deepEqual(
      why.causes.map((cause: { reason: string; files: number }) => [cause.reason, cause.files]),
      [
        ['QUEUED', 2],
        ['NO_SOURCES', 1],
      ],
    );
    assert.equal(why.causes[1].say, 'No available copy to read from: none left');
    // A copy that came and went again is no error.
    assert.deepEqual(
      why.causes[1].examples[0].last_errors.map(({ error }: { error: string }) => error),
      ['connection refused'],
    );
    assert.equal(why.causes[1].examples[0].attempts, 1);
    // What came says nothing about the end of a rule that lacks a copy which does not move.
    await sql`
      insert into requests_history (request_id, attempt, request_type, scope, name, dest_rse_id, source_rse_id, rule_id, bytes, state, submitted_at, created_at)
      values (gen_random_uuid(), 1, 'T', 'test', 'e0', ${suite.world.rses.TWO!}, ${suite.world.rses.ONE!}, ${id}, 100, 'D', ${new Date(clock.now() - 10_000)}, ${new Date(clock.now() - 1)})`;
    const expected = async () => (await suite.lake.api('GET', `/rules/${id}/explain`)).json.expected_end;
    assert.equal(await expected(), undefined);
    await sql`update requests set state = 'Q', reason = 'QUEUED' where did_id = ${e1}`;
    assert.deepEqual(await expected(), {
      at: new Date(clock.now() + 30_000).toISOString(),
      from: '1 copy came in the last 10 s',
    });
    await sql`update requests set state = 'N', reason = 'NO_SOURCES' where did_id = ${e1}`;
    const page = (await suite.lake.api('GET', `/rules/${id}/explain/files?reason=NO_SOURCES`)).json;
    assert.deepEqual([page.files.length, page.files[0].name, page.after], [1, 'e1', null]);
    assert.equal((await suite.lake.api('GET', `/rules/${id}/explain/files?after=x`)).status, 400);
    assert.equal((await suite.lake.api('GET', '/rules/foo/explain')).status, 404);
    await settle(['e1'], 'TWO', 'S');
    const analysis = (await suite.lake.api('GET', `/rules/${id}/analysis`)).json;
    assert.deepEqual(
      [
        analysis.transfers[0].name,
        analysis.transfers[0].attempts,
        analysis.transfers[0].last_error,
        analysis.transfers[0].last_source,
      ],
      ['e1', 2, 'RequestState.FAILED', 'ONE'],
    );
    assert.deepEqual(analysis.transfers[0].sources, [['ONE', true]]);
    await settle(['e1', 'e2', 'e3'], 'TWO', 'O');
    const fine = (await suite.lake.api('GET', `/rules/${id}/explain`)).json;
    assert.deepEqual([fine.summary, fine.causes], ['All 3 copies are there.', []]);
    assert.equal(
      (await suite.lake.api('GET', `/rules/${id}/analysis`)).json.rule_error,
      'This replication rule is OK',
    );
  });
});
