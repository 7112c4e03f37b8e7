import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { seedFiles, seedRses } from '../src/testing/seed-lake.ts';
import { startTestLake, type TestLake } from '../src/testing/test-lake.ts';

describe('connections to the database that are cut', () => {
  let lake: TestLake;
  before(async () => {
    lake = await startTestLake({
      daemons: [
        'conveyor-submitter',
        'conveyor-poller',
        'conveyor-finisher',
        'judge-evaluator',
        'abacus-rse',
      ],
    });
  });
  after(() => lake.stop());

  const cut = () =>
    lake.lake.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.catch(() => undefined);

  test('callers hear that they may try again, daemons go on, and nothing happens twice', async () => {
    const ids = await seedRses(lake.lake, {
      SOURCE: { attributes: { SOURCE: 'true' } },
      TARGET: { attributes: { TARGET: 'true' } },
    });
    await lake.api('PUT', '/config/conveyor/transfertool/mock');
    await seedFiles(lake.lake, 'f', 300, ids.SOURCE);
    await lake.api('POST', '/dids/test/all', { type: 'DATASET' });
    const dids = Array.from({ length: 300 }, (_, index) => ({
      scope: 'test',
      name: `f.${index}`,
      bytes: 10,
    }));
    assert.equal((await lake.api('POST', '/dids/test/all/dids', { dids })).status, 201);

    /** As a client does it: again until there is an answer. */
    const persist = async (method: string, path: string, body?: unknown) => {
      for (;;) {
        const answer = await lake.api(method, path, body);
        if (answer.status !== 503) return answer;
        assert.equal(answer.json.ExceptionClass, 'DatabaseException', answer.text);
      }
    };
    const wish = {
      dids: [{ scope: 'test', name: 'all' }],
      account: 'root',
      copies: 1,
      rse_expression: 'TARGET',
    };
    let posted = await persist('POST', '/rules', wish);
    const cutting = (async () => {
      for (let round = 0; round < 15; round++) {
        await cut();
        const { status, json } = await lake.api('GET', '/dids/test/all');
        assert.ok(status === 200 || json.ExceptionClass === 'DatabaseException', `${status}`);
      }
    })();
    const writes = Array.from({ length: 40 }, async (_, index) => {
      const { status, json } = await persist('POST', `/dids/test/made${index}`, { type: 'DATASET' });
      // The answer to the first try may have been lost after its commit.
      assert.ok(status === 201 || json.ExceptionClass === 'DataIdentifierAlreadyExists', `${status}`);
    });
    await Promise.all([cutting, ...writes]);
    posted = posted.status === 409 ? await persist('GET', '/dids/test/all/rules') : posted;
    const id = posted.json[0]?.id ?? posted.json[0];

    for (let state = ''; state !== 'OK'; ) state = (await persist('GET', `/rules/${id}`)).json?.state;
    const { sql } = lake.lake;
    const [sums] = await sql<{ copies: number; locks: number; made: number; requests: number }[]>`
      select (select count(*) from replicas where rse_id = ${ids.TARGET!} and state = 'A') as copies,
        (select count(*) from locks where state = 'O') as locks,
        (select count(*) from dids where name like 'made%') as made,
        (select count(*) from requests) as requests`;
    assert.deepEqual({ ...sums }, { copies: 300, locks: 300, made: 40, requests: 0 });
    const usage = (await persist('GET', '/rses/TARGET/usage?source=rucio')).json[0];
    assert.deepEqual([usage.files, usage.used], [300, 3000]);
  });
});
