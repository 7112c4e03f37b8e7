import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, systemClock } from './clock.ts';
import { isConnectionLoss } from './database.ts';
import type { Log } from './log.ts';
import { counter, histogram } from './metrics.ts';
import type { Wakeups } from './wakeups.ts';

const items = counter('leman_daemon_items_total', 'Items handled by a daemon', ['daemon']);
const failures = counter('leman_daemon_failures_total', 'Batches of a daemon that ended with an error', [
  'daemon',
]);
const seconds = histogram('leman_daemon_batch_seconds', 'Duration of one batch of a daemon', ['daemon']);

export interface DaemonContext {
  /** Milliseconds since 1970 by the daemon's clock. */
  now: number;
  /** Aborted when the daemon must stop; long batches look at it between steps. */
  signal: AbortSignal;
}

export interface DaemonDefinition {
  /** The field's name: judge-evaluator, conveyor-submitter, reaper. */
  name: string;
  /**
   * Claims a bounded batch, does it, commits, and returns how many items it handled; 0 means there is nothing to do
   * now. It must be idempotent: a crash in the middle is followed by the same batch again. Failures of single items
   * are stored with the item (back-off by row); only a failure of the whole batch is thrown.
   */
  batch(context: DaemonContext): Promise<number>;
  /** Ends what the daemon keeps between batches (connections, work in lanes); after the last batch. */
  close?(): Promise<void>;
  /** Channels whose wake-ups mean there may be work. */
  wakeOn: readonly string[];
  /** How often to look without being woken. */
  pollMs: number;
}

export interface DaemonEnvironment {
  clock?: Clock;
  log: Log;
  wakeups: Wakeups;
  /** Told after each round, for heartbeats: name and items handled since the start. */
  beat?(name: string, handled: number): void;
}

export interface Daemon {
  readonly name: string;
  /** Runs batches until one finds nothing to do; returns the items handled. For tests and `--run-once`. */
  drain(): Promise<number>;
  /** Starts the loop. */
  start(): void;
  /** Lets the running batch end, then stops; resolves when it has. */
  stop(): Promise<void>;
}

const FIRST_BACKOFF_MS = 200;
const LAST_BACKOFF_MS = 10_000;

/** One daemon loop: batch, again while there is work, else wait for a wake-up or the poll interval. */
export const createDaemon = (definition: DaemonDefinition, environment: DaemonEnvironment): Daemon => {
  const { name } = definition;
  const clock = environment.clock ?? systemClock;
  const abort = new AbortController();
  let handledSoFar = 0;
  let woken = false;
  let wait: AbortController | undefined;
  let loop: Promise<void> | undefined;
  const wake = () => {
    woken = true;
    wait?.abort();
  };
  const unsubscribe = definition.wakeOn.map((channel) => environment.wakeups.on(channel, wake));

  const once = async (): Promise<number> => {
    const end = seconds.startTimer({ daemon: name });
    const handled = await definition.batch({ now: clock.now(), signal: abort.signal });
    end();
    items.inc({ daemon: name }, handled);
    handledSoFar += handled;
    return handled;
  };

  const run = async () => {
    let backoff = FIRST_BACKOFF_MS;
    while (!abort.signal.aborted) {
      woken = false;
      let pause = definition.pollMs;
      try {
        if ((await once()) > 0) pause = 0;
        backoff = FIRST_BACKOFF_MS;
      } catch (error) {
        if (abort.signal.aborted) break;
        failures.inc({ daemon: name });
        environment.log[isConnectionLoss(error) ? 'warn' : 'error'](
          { daemon: name, err: error },
          'batch failed',
        );
        pause = backoff;
        backoff = Math.min(backoff * 2, LAST_BACKOFF_MS);
      }
      environment.beat?.(name, handledSoFar);
      if (pause === 0) {
        // Let requests and other daemons in between two batches.
        await new Promise<void>((resolve) => setImmediate(resolve));
        continue;
      }
      if (woken && pause === definition.pollMs) continue;
      wait = new AbortController();
      await sleep(pause, undefined, {
        signal: AbortSignal.any([wait.signal, abort.signal]),
        ref: false,
      }).catch(() => undefined);
      wait = undefined;
    }
  };

  return {
    name,
    async drain() {
      let total = 0;
      for (;;) {
        const handled = await once();
        if (handled === 0) return total;
        total += handled;
      }
    },
    start() {
      loop ??= run();
    },
    async stop() {
      for (const off of unsubscribe) off();
      abort.abort();
      await loop;
      await definition.close?.();
    },
  };
};
