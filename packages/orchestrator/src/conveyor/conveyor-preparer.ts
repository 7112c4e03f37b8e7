import type { DaemonDefinition } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { requeueExpiredClaims, requeueWaiting } from './requeue-requests.ts';

const POLL_MS = 5_000;

/**
 * Brings back to the queue what waits: when its time has come, when a copy to read from has appeared, and what a
 * submitter that ended in the middle left behind.
 */
export const conveyorPreparer = (lake: Lake): DaemonDefinition => {
  // Where the look for new sources stands: a bounded part of the waiting at a time, all of them in turn.
  let after: string | null = null;
  // A storage was opened, closed, connected: what waits for that may go now.
  let changedAt: Date | null = null;
  lake.wakeups.on('rses', () => {
    changedAt = new Date(lake.clock.now());
  });
  return {
    name: 'conveyor-preparer',
    wakeOn: ['conveyor-preparer', 'rses'],
    pollMs: POLL_MS,
    async batch({ now }) {
      const date = new Date(now);
      const expired = await requeueExpiredClaims(lake.sql, date);
      const waiting = await requeueWaiting(lake.sql, date, after, changedAt);
      after = waiting.after;
      if (waiting.requeued === 0) changedAt = null;
      const handled = expired + waiting.requeued;
      if (handled > 0) lake.wakeups.wake('conveyor-submitter');
      return handled;
    },
  };
};
