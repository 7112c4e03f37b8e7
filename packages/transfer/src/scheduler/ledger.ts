import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Clock,
  counter,
  isConnectionLoss,
  type Log,
  type Sql,
  type Transaction,
} from '@leman/foundation';
import { appendEvents } from '../events/append-events.ts';

const transactions = counter(
  'leman_transfer_ledger_transactions_total',
  'Transactions of the transfer ledger',
  [],
);

/** One thing to be written: gives the events that tell of it. Runs again from its start when the transaction fails. */
export interface Entry {
  write(tx: Transaction, now: Date): Promise<Record<string, unknown>[]>;
  /** After the commit. */
  done(): void;
  /** The database refused this entry for good. */
  refused(error: unknown): void;
}

/** What the ledger asks for when it has a transaction open anyway: all that came together since the last one. */
export type Collect = () => Entry | undefined;

export interface Ledger {
  /** Says that a collector has something. */
  poke(): void;
  /** Writes one entry in its turn; resolves with its result after the commit. */
  run<T>(
    write: (tx: Transaction, now: Date) => Promise<{ value: T; events: Record<string, unknown>[] }>,
  ): Promise<T>;
  /** Number of the last committed event. */
  lastSeq(): number;
  /** Ends after what is collected is written, or after the given milliseconds. */
  stop(): Promise<void>;
}

/** Pause after a transaction, so that what comes in quick succession is written together. */
const GATHER_MS = 5;
const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 5_000;

/**
 * The one writer of state changes. Starts, outcomes and cancellations are written one transaction after the other, each
 * together with its events, so the numbers of events follow the order of commits and no reader can miss one.
 */
export const createLedger = async (options: {
  sql: Sql;
  clock: Clock;
  log: Log;
  collect: readonly Collect[];
  onCommit(lastSeq: number): void;
}): Promise<Ledger> => {
  const { sql, clock, log } = options;
  const loadSeq = async () =>
    (await sql<{ seq: number }[]>`select coalesce(max(seq), 0) as seq from events`)[0]!.seq;
  let seq = await loadSeq();
  let queue: Entry[] = [];
  let poked = false;
  let stopping = false;
  let running: Promise<void> | undefined;

  const write = async (entries: Entry[]): Promise<void> => {
    const now = new Date(clock.now());
    const last = await sql.begin(async (tx) => {
      let next = seq;
      const events = [];
      for (const entry of entries) {
        for (const payload of await entry.write(tx, now)) {
          next++;
          events.push({ seq: next, payload: { seq: next, ...payload } });
        }
      }
      if (events.length) await appendEvents(tx, events, now);
      return next;
    });
    transactions.inc();
    seq = last;
    for (const entry of entries) entry.done();
    if (entries.length) options.onCommit(seq);
  };

  const writeUntilDone = async (entries: Entry[]): Promise<void> => {
    let backoff = FIRST_BACKOFF_MS;
    for (;;) {
      try {
        return await write(entries);
      } catch (error) {
        if (isConnectionLoss(error) || stopping) {
          log.warn({ err: error }, 'the database does not answer; nothing is lost, it is tried again');
          if (stopping) return;
        } else if (entries.length > 1) {
          // One bad entry must not hold the others: each for itself.
          seq = await loadSeq().catch(() => seq);
          for (const entry of entries) await writeUntilDone([entry]);
          return;
        } else {
          log.error({ err: error }, 'a state change could not be written');
          seq = await loadSeq().catch(() => seq);
          return entries[0]?.refused(error);
        }
        await sleep(backoff, undefined, { ref: false });
        backoff = Math.min(backoff * 2, LAST_BACKOFF_MS);
        seq = await loadSeq().catch(() => seq);
      }
    }
  };

  const loop = async () => {
    while (poked) {
      poked = false;
      const entries = queue;
      queue = [];
      for (const collect of options.collect) {
        const entry = collect();
        if (entry) entries.push(entry);
      }
      if (!entries.length) continue;
      await writeUntilDone(entries);
      if (!stopping) await sleep(GATHER_MS);
    }
  };
  const poke = () => {
    poked = true;
    running ??= loop().finally(() => {
      running = undefined;
      if (poked) poke();
    });
  };

  return {
    poke,
    run: (task) =>
      new Promise((resolve, reject) => {
        let value: Awaited<ReturnType<typeof task>>['value'];
        queue.push({
          async write(tx, now) {
            const result = await task(tx, now);
            value = result.value;
            return result.events;
          },
          done: () => resolve(value),
          refused: reject,
        });
        poke();
      }),
    lastSeq: () => seq,
    async stop() {
      poke();
      stopping = true;
      while (running) await running;
    },
  };
};
