import { hostname } from 'node:os';
import type { Clock, Log, Sql } from '@leman/foundation';

export interface Heartbeats {
  /** Notes that a daemon went round; written later, for all daemons at once. */
  beat(name: string, handled: number): void;
  /** Takes this process's beats away: its daemons have ended in order. */
  stop(): Promise<void>;
}

const FIRST_MS = 500;
const INTERVAL_MS = 10_000;
const FORGOTTEN_MS = 24 * 60 * 60 * 1000;

/** The heartbeats of the daemons of this process (table heartbeats): one write per 10 s, however many beat. */
export const createHeartbeats = (sql: Sql, clock: Clock, log: Log): Heartbeats => {
  const host = hostname();
  const { pid } = process;
  const beats = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let wait = FIRST_MS;
  let writing: Promise<unknown> = Promise.resolve();

  const write = async () => {
    timer = undefined;
    const [names, handled] = [[...beats.keys()], [...beats.values()]];
    beats.clear();
    const now = new Date(clock.now());
    await sql`
      insert into heartbeats as h (executable, hostname, pid, thread_name, payload, created_at, updated_at)
      select name, ${host}, ${pid}, 'main', handled::text, ${now}, ${now}
      from unnest(${names}::text[], ${handled}::bigint[]) as b (name, handled) order by name
      on conflict (executable, hostname, pid, thread_name) do update
      set payload = excluded.payload, updated_at = excluded.updated_at`;
    await sql`delete from heartbeats where updated_at < ${new Date(now.getTime() - FORGOTTEN_MS)}`;
  };

  return {
    beat(name, handled) {
      beats.set(name, handled);
      timer ??= setTimeout(() => {
        writing = write().catch((error: unknown) =>
          log.warn({ err: error }, 'heartbeats could not be written'),
        );
      }, wait).unref();
      wait = INTERVAL_MS;
    },
    async stop() {
      clearTimeout(timer);
      await writing;
      await sql`delete from heartbeats where hostname = ${host} and pid = ${pid}`.catch(() => undefined);
    },
  };
};
