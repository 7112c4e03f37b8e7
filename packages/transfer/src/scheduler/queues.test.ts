import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StorageError } from '@leman/protocols';
import fc from 'fast-check';
import { defaultConfig } from '../config.ts';
import { createSeal } from '../seal.ts';
import { createQueues } from './queues.ts';
import { createStorageGate } from './storage-gate.ts';

const entry = (
  fileId: number,
  more: Partial<{ activity: string; priority: number; size: number; destSe: string }> = {},
) => ({
  fileId,
  sourceSe: 's',
  destSe: 'd',
  activity: 'default',
  priority: 3,
  size: 0,
  ...more,
});

test('a link gives its files first in first out, higher priority first', () => {
  const queues = createQueues();
  for (const one of [entry(1), entry(2), entry(3, { priority: 5 }), entry(4, { priority: 1 }), entry(5)])
    queues.add(one);
  const link = queues.link('s', 'd');
  const order = [];
  for (let taken = queues.take(link); taken; taken = queues.take(link)) order.push(taken.fileId);
  assert.deepEqual(order, [3, 1, 2, 5, 4]);
  assert.equal(queues.length(), 0);
});

test('activities share a link by weight, and a flood of one does not starve another', () => {
  const queues = createQueues();
  queues.setWeights(
    new Map([
      ['big', 3],
      ['small', 1],
    ]),
  );
  for (let index = 0; index < 10_000; index++) queues.add(entry(index, { activity: 'big' }));
  for (let index = 10_000; index < 11_000; index++) queues.add(entry(index, { activity: 'small' }));
  const link = queues.link('s', 'd');
  let small = 0;
  for (let index = 0; index < 1000; index++) if (queues.take(link)!.fileId >= 10_000) small++;
  assert.ok(small > 200 && small < 300, `${small} of 1000`);
});

test('every file comes out once, whatever is added, taken and removed', () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant('add' as const),
      activity: fc.constantFrom('a', 'b', 'c'),
      priority: fc.integer({ min: 1, max: 6 }),
      size: fc.integer({ min: 0, max: 2 ** 40 }),
    }),
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('remove' as const), fileId: fc.integer({ min: 0, max: 60 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const queues = createQueues();
      const link = queues.link('s', 'd');
      const waiting = new Set<number>();
      let next = 0;
      for (const one of steps) {
        if (one.do === 'add') {
          queues.add(entry(next, one));
          waiting.add(next++);
        } else if (one.do === 'remove') {
          queues.remove(new Set([one.fileId]));
          waiting.delete(one.fileId);
        } else {
          const taken = queues.take(link);
          assert.equal(taken === undefined, waiting.size === 0);
          if (taken) assert.ok(waiting.delete(taken.fileId));
        }
        assert.equal(link.queued, waiting.size);
      }
    }),
  );
});

test('a storage gate closes after failures in a row, tries one file, and opens again', () => {
  const gate = createStorageGate('se', 'in', defaultConfig);
  const full = new StorageError('full', { side: 'destination', phase: 'copy', class: 'full' });
  for (let index = 0; index < 3; index++) gate.start(0);
  assert.equal(gate.failed(full, 0), false);
  assert.equal(gate.failed(full, 0), false);
  assert.equal(gate.failed(full, 0), true);
  assert.equal(gate.closed?.code, 'DESTINATION_FULL');
  assert.equal(gate.mayStart(1_999), false);
  let attempts = 0;
  let now = 0;
  for (; now < 600_000; now += 100) {
    if (!gate.mayStart(now)) continue;
    gate.start(now);
    assert.equal(gate.mayStart(now), false);
    gate.failed(full, now);
    attempts++;
  }
  assert.ok(attempts >= 20 && attempts <= 30, `${attempts} attempts in ten minutes`);
  now += 30_000;
  assert.ok(gate.mayStart(now));
  gate.start(now);
  assert.equal(gate.succeeded(), true);
  assert.equal(gate.active, 0);
  assert.ok(gate.mayStart(now));
});

test('a seal opens under its own name only', () => {
  const seal = createSeal(undefined);
  const closed = seal.close({ source: 'a', destination: undefined }, 'one');
  assert.deepEqual(seal.open(closed, 'one'), { source: 'a', destination: undefined });
  assert.deepEqual(seal.open(closed, 'two'), { source: undefined, destination: undefined });
  assert.deepEqual(createSeal(undefined).open(closed, 'one'), { source: undefined, destination: undefined });
  assert.equal(seal.close({ source: undefined, destination: undefined }, 'x'), undefined);
});
