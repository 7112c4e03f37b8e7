import { EventEmitter } from 'node:events';
import type { Sql } from './database.ts';

/**
 * Wake-ups between daemons: "something of yours was committed". They carry no work; a lost one costs latency, never
 * work, because daemons also poll.
 *
 * `wake` is called after commit. Inside the process it is immediate; to other processes it goes by NOTIFY from one
 * autocommit connection, at most every 50 ms per channel (NOTIFY inside the working transaction takes a lock of the
 * whole database through its commit).
 */
export interface Wakeups {
  wake(channel: string): void;
  on(channel: string, listener: () => void): () => void;
  close(): Promise<void>;
}

const INTERVAL_MS = 50;

/** Wake-ups that stay inside this process. */
export const localWakeups = (): Wakeups => {
  const emitter = new EventEmitter().setMaxListeners(0);
  return {
    wake: (channel) => void emitter.emit(channel),
    on(channel, listener) {
      emitter.on(channel, listener);
      return () => void emitter.off(channel, listener);
    },
    close: async () => void emitter.removeAllListeners(),
  };
};

/** Wake-ups that also reach the other processes on the same database. */
export const sharedWakeups = async (sql: Sql): Promise<Wakeups> => {
  const local = localWakeups();
  const self = Math.random().toString(36).slice(2);
  const due = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    timer = undefined;
    const channels = [...due];
    due.clear();
    sql`select pg_notify('leman_wake', ${self} || ' ' || c) from unnest(${channels}::text[]) c`.catch(
      () => undefined,
    );
  };
  const listener = await sql.listen('leman_wake', (payload) => {
    const [from, channel] = payload.split(' ');
    if (from !== self && channel) local.wake(channel);
  });
  return {
    wake(channel) {
      local.wake(channel);
      due.add(channel);
      timer ??= setTimeout(flush, INTERVAL_MS);
    },
    on: local.on,
    async close() {
      clearTimeout(timer);
      await listener.unlisten().catch(() => undefined);
      await local.close();
    },
  };
};
