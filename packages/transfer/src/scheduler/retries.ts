import type { Clock } from '@leman/foundation';
import type { StorageError } from '@leman/protocols';
import type { QueueEntry } from './queues.ts';
import type { StorageGate } from './storage-gate.ts';
import type { Timers } from './timers.ts';

export interface Retries {
  /**
   * Queues a file again some milliseconds after its failure, or earlier when the storage to blame works again.
   * `failedAt`: milliseconds since 1970.
   */
  wait(entry: QueueEntry, failedAt: number, delay: number, error: StorageError | undefined): void;
  /** The storage works again: what waits because of it is queued at once. */
  release(gate: Pick<StorageGate, 'se' | 'direction'>): void;
}

/** The files between two attempts. The wait is for the storage's sake, so it ends when the storage is back. */
export const createRetries = (options: {
  clock: Clock;
  timers: Timers;
  enqueue(entries: readonly QueueEntry[]): void;
}): Retries => {
  const { clock, timers, enqueue } = options;
  const waiting = new Map<string, Set<QueueEntry>>();
  /** When a storage opened last: a failure from before says nothing of it any more. */
  const openedAt = new Map<string, number>();
  const keyOf = (direction: StorageGate['direction'], se: string) => `${direction} ${se}`;

  return {
    wait(entry, failedAt, delay, error) {
      const time = failedAt + delay;
      if (!error?.ofStorage || error.side === 'transfer') {
        timers.at(time, () => enqueue([entry]));
        return;
      }
      const key = error.side === 'source' ? keyOf('out', entry.sourceSe) : keyOf('in', entry.destSe);
      if ((openedAt.get(key) ?? Number.NEGATIVE_INFINITY) >= failedAt) return enqueue([entry]);
      const others = waiting.get(key) ?? new Set();
      waiting.set(key, others.add(entry));
      timers.at(time, () => {
        if (!others.delete(entry)) return;
        if (others.size === 0 && waiting.get(key) === others) waiting.delete(key);
        enqueue([entry]);
      });
    },
    release({ se, direction }) {
      const key = keyOf(direction, se);
      openedAt.set(key, clock.now());
      const released = waiting.get(key);
      if (!released) return;
      waiting.delete(key);
      const entries = [...released];
      // Their timers find them gone.
      released.clear();
      enqueue(entries);
    },
  };
};
