import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.ts';
import { isAlive } from './is-alive.ts';

const LOOK_EVERY_MS = 500;
const FIRST_WAIT_MS = 200;
const LAST_WAIT_MS = 10_000;

/**
 * An embedded PostgreSQL that is started again, with growing waits, whenever it ends without being asked to. Its
 * address stays the same; those who use it see lost connections meanwhile and try again.
 */
export const supervisePostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  let server = await startEmbeddedPostgres(options);
  const stopped = new AbortController();

  const watch = async () => {
    let wait = FIRST_WAIT_MS;
    while (!stopped.signal.aborted) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
      if (stopped.signal.aborted) return;
      if (isAlive(server.pid)) {
        wait = FIRST_WAIT_MS;
        continue;
      }
      options.log.error({ pid: server.pid }, 'the database ended unexpectedly; starting it again');
      try {
        server = await startEmbeddedPostgres(options);
        options.log.info({ pid: server.pid }, 'the database is back');
      } catch (error) {
        options.log.error({ err: error, waitMs: wait }, 'the database does not start');
        await sleep(wait, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
        wait = Math.min(wait * 2, LAST_WAIT_MS);
      }
    }
  };
  const watching = watch();

  return {
    url: server.url,
    urlOf: server.urlOf,
    get pid() {
      return server.pid;
    },
    async stop() {
      stopped.abort();
      await watching;
      await server.stop();
    },
  };
};
