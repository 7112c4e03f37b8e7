import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { manualClock } from '@leman/foundation';
import { startTestLake, type TestAnswer, type TestLake } from '../testing/test-lake.ts';
import { beat } from './beat.ts';

const refused = (answer: TestAnswer, status: number, name: string) => {
  assert.equal(answer.json?.ExceptionClass, name, answer.text);
  assert.equal(answer.status, status);
};

describe('heartbeats', () => {
  const clock = manualClock(Date.UTC(2026, 5, 1));
  let t: TestLake;
  before(async () => {
    t = await startTestLake({ clock });
  });
  after(() => t.stop());
  const good = { executable: 'conveyor-submitter', hostname: 'h', pid: 7 };

  it('are told, listed and forgotten', async () => {
    assert.equal((await t.api('POST', '/heartbeats', { ...good, payload: 'part 1' })).text, 'OK');
    clock.advance(1000);
    assert.equal((await t.api('POST', '/heartbeats', good)).status, 200);
    assert.deepEqual((await t.api('GET', '/heartbeats')).json, [
      [
        'conveyor-submitter',
        'h',
        7,
        'main',
        'Mon, 01 Jun 2026 00:00:01 UTC',
        'Mon, 01 Jun 2026 00:00:00 UTC',
        null,
      ],
    ]);
    clock.advance(601_000);
    const one = { executable: 'conveyor-submitter', hostname: 'h', threadName: 'main', payload: null };
    await beat(t.lake, [
      { ...one, pid: 8 },
      { ...one, pid: 8 },
    ]);
    assert.deepEqual(
      (await t.api('GET', '/heartbeats')).json.map((row: unknown[]) => row[2]),
      [8],
    );
  });

  it('refuse bad input and those who may not', async () => {
    const { pid: _pid, ...noPid } = good;
    refused(await t.api('POST', '/heartbeats', noPid), 400, 'KeyError');
    refused(await t.api('POST', '/heartbeats', { ...good, pid: 'x' }), 400, 'TypeError');
    refused(await t.api('POST', '/heartbeats', { ...good, pid: 2 ** 31 }), 400, 'TypeError');
    refused(await t.api('POST', '/heartbeats', { ...good, executable: 5 }), 400, 'TypeError');
    refused(await t.api('POST', '/heartbeats', { ...good, hostname: 'h'.repeat(200) }), 400, 'InvalidObject');
    const plain = await t.newAccount('plain');
    refused(await t.api('POST', '/heartbeats', good, plain), 401, 'AccessDenied');
    refused(await t.api('GET', '/heartbeats', undefined, plain), 401, 'AccessDenied');
  });
});
