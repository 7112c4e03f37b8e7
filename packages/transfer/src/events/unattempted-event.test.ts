import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { twoStorages, until } from '../testing/two-storages.ts';

describe('the event of a file that ended without being copied', () => {
  const lab = twoStorages();
  const { fileOf } = lab;

  test('canceled, or too long in the queue: the same message, with its own end', async () => {
    const { sql } = lab.bench.database;
    const ban = { storage: 'http://127.0.0.3', status: 'wait', allow_submit: true };
    assert.equal((await lab.bench.call('POST', '/ban/se', ban)).status, 200);
    const submit = (path: string) =>
      lab.bench.submit([fileOf(path, 'x', { metadata: { request_id: path } })]);
    const [canceled, late] = [await submit('/canceled'), await submit('/late')];
    await lab.bench.call('DELETE', `/jobs/${canceled}`);
    await sql`update files set deadline = now() - interval '1 second' where job_id = ${late}`;
    // It looks at its start, then every ten seconds.
    await lab.bench.restart();
    const eventOf = async (job: string) =>
      (
        await sql<{ payload: Record<string, unknown> }[]>`
          select payload from events where payload ->> 'kind' = 'complete' and payload ->> 'job_id' = ${job}`
      )[0]?.payload;
    await until(async () => (await eventOf(late)) !== undefined);
    for (const [job, path, state, code, final] of [
      [canceled, '/canceled', 'CANCELED', 125, 'Abort'],
      [late, '/late', 'FAILED', 110, 'Error'],
    ] as const) {
      const event = (await eventOf(job))!;
      assert.deepEqual(
        [event.file_state, event.job_state_now, event.t_error_code, event.t_final_transfer_state],
        [state, state, code, final],
      );
      assert.deepEqual(
        [event.src_url, event.dst_url, event.src_se, event.dst_se, event.vo],
        [lab.source.url + path, lab.destination.url + path, 'http://127.0.0.2', 'http://127.0.0.3', 'leman'],
      );
      assert.deepEqual(event.file_metadata, { request_id: path });
      assert.equal(String(event.tr_id).split('__').at(-1), job);
    }
  });
});
