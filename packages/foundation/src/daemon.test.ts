import assert from 'node:assert/strict';
import test from 'node:test';
import { createDaemon } from './daemon.ts';
import { silentLog } from './log.ts';
import { localWakeups } from './wakeups.ts';

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};

test('drain runs batches until one finds nothing', async () => {
  const work = [3, 2, 0, 9];
  const daemon = createDaemon(
    { name: 'drained', batch: async () => work.shift()!, wakeOn: [], pollMs: 1000 },
    { log: silentLog, wakeups: localWakeups() },
  );
  assert.equal(await daemon.drain(), 5);
  assert.deepEqual(work, [9]);
});

test('a wake-up starts a round at once, one during a round is not lost', async () => {
  const wakeups = localWakeups();
  let rounds = 0;
  let release = () => {};
  const daemon = createDaemon(
    {
      name: 'woken',
      async batch() {
        rounds++;
        if (rounds === 2) await new Promise<void>((resolve) => (release = resolve));
        return 0;
      },
      wakeOn: ['work'],
      pollMs: 3_600_000,
    },
    { log: silentLog, wakeups },
  );
  daemon.start();
  await until(() => rounds === 1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  wakeups.wake('work');
  await until(() => rounds === 2);
  wakeups.wake('work');
  release();
  await until(() => rounds === 3);
  await daemon.stop();
});

test('a failing batch backs off and the next one works', async () => {
  let rounds = 0;
  const daemon = createDaemon(
    {
      name: 'failing',
      async batch() {
        rounds++;
        if (rounds === 1) throw new Error('once');
        return 0;
      },
      wakeOn: [],
      pollMs: 3_600_000,
    },
    { log: silentLog, wakeups: localWakeups() },
  );
  daemon.start();
  await until(() => rounds === 2);
  await daemon.stop();
});

test('stop lets the running batch end', async () => {
  let ended = false;
  let started = false;
  const daemon = createDaemon(
    {
      name: 'stopped',
      async batch() {
        started = true;
        await new Promise((resolve) => setTimeout(resolve, 30));
        ended = true;
        return 1;
      },
      wakeOn: [],
      pollMs: 10,
    },
    { log: silentLog, wakeups: localWakeups() },
  );
  daemon.start();
  await until(() => started);
  await daemon.stop();
  assert.ok(ended);
});
