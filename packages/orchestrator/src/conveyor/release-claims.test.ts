import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { seedFiles, seedRses } from '../testing/seed-lake.ts';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';
import { LEASE_MS } from './claim-requests.ts';
import { releaseClaims } from './release-claims.ts';

describe('claims of submitters', () => {
  let lake: TestLake;
  before(async () => {
    lake = await startTestLake();
  });
  after(() => lake.stop());

  test('those of a process that is gone end soon; while another works they are left alone', async () => {
    const { sql } = lake.lake;
    const ids = await seedRses(lake.lake, { SOURCE: {}, TARGET: {} });
    const [file] = await seedFiles(lake.lake, 'f', 1, ids.SOURCE);
    const now = new Date();
    const atEnd = new Date(now.getTime() + LEASE_MS);
    await sql`insert into requests (did_id, dest_rse_id, bytes, state) values (${file!}, ${ids.TARGET!}, 10, 'G')`;
    /** Seconds that the claim still holds after a process has started. */
    const afterStart = async () => {
      await sql`update requests set next_attempt_at = ${atEnd}`;
      const leave = await releaseClaims(sql, now);
      const [row] = await sql<{ at: Date }[]>`select next_attempt_at as at from requests`;
      return { leave, seconds: (row!.at.getTime() - now.getTime()) / 1000 };
    };

    const first = await afterStart();
    assert.equal(first.seconds, 5);
    const second = await afterStart();
    assert.equal(second.seconds, LEASE_MS / 1000);
    await first.leave();
    const third = await afterStart();
    assert.equal(third.seconds, LEASE_MS / 1000, 'the second is still there');
    // Both end as processes do that are killed.
    await sql`
    select pg_terminate_backend(pid) from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and datname = current_database() and pid <> pg_backend_pid()`;
    await second.leave();
    await third.leave();
    const last = await afterStart();
    assert.equal(last.seconds, 5);
    await last.leave();
  });
});
