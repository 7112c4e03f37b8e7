import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

describe('heartbeats', () => {
  let lake: TestLake;
  before(async () => {
    lake = await startTestLake({ daemons: ['abacus-rse', 'conveyor-finisher'] });
  });
  after(() => lake.stop());

  test('daemons that run are seen alive; one row each', async () => {
    const alive = async () => {
      const rows = await lake.lake
        .sql`select executable from heartbeats where pid = ${process.pid} order by executable`;
      return rows.map((row) => row.executable);
    };
    while ((await alive()).length < 2) await sleep(20);
    assert.deepEqual(await alive(), ['abacus-rse', 'conveyor-finisher']);
    const { json } = await lake.api('GET', '/lake/status');
    assert.deepEqual(
      json.daemons.map((daemon: { name: string; alive: boolean }) => [daemon.name, daemon.alive]),
      [
        ['abacus-rse', true],
        ['conveyor-finisher', true],
      ],
    );
  });
});
