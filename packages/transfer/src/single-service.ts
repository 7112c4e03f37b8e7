import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, openDatabase, type Sql } from '@leman/foundation';

const LOCK = 'leman-transfer';
const RETRY_MS = 200;
const CHECK_MS = 1_000;

export interface SingleService {
  /** Gives the place up. */
  stop(): Promise<void>;
}

const openLock = (databaseUrl: string): Sql =>
  openDatabase({ url: databaseUrl, schema: 'transfer', max: 1, applicationName: 'leman transfer lock' });

/**
 * Waits until this is the only transfer service on the database: two would start the same files. The lock belongs to a
 * connection of its own, so it ends with the process however that ends. When the connection is lost the lock is taken
 * again; `superseded` is called once when another service was faster: this one has to stop then.
 * @throws the signal's reason when it is given up while waiting
 */
export const becomeSingle = async (
  databaseUrl: string,
  log: Log,
  { superseded, signal }: { superseded(): void; signal: AbortSignal },
): Promise<SingleService> => {
  const sql = openLock(databaseUrl);
  /** A reserved connection that holds the lock, which is not closed for idleness; undefined when another holds it. */
  const take = async () => {
    const connection = await sql.reserve();
    const [row] = await connection<
      { held: boolean }[]
    >`select pg_try_advisory_lock(hashtext(${LOCK})) as held`;
    if (row?.held) return connection;
    connection.release();
    return undefined;
  };
  try {
    let connection = await take();
    if (!connection) log.warn('another transfer service works on this database; waiting for its end');
    while (!connection) {
      await sleep(RETRY_MS, undefined, { signal });
      connection = await take();
    }
    let held = connection;
    let checking: Promise<void> | undefined;
    const check = async () => {
      try {
        await held`select 1`;
        return;
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ err: error }, 'the connection that holds the lock was lost; taking it again');
      }
      held.release();
      const again = await take();
      if (again) {
        held = again;
        return;
      }
      clearInterval(timer);
      log.error('another transfer service took over while the database was away: this one stops');
      superseded();
    };
    const timer = setInterval(() => {
      checking ??= check()
        // The database is still away: at the next check.
        .catch(() => undefined)
        .finally(() => {
          checking = undefined;
        });
    }, CHECK_MS).unref();
    return {
      async stop() {
        clearInterval(timer);
        if (!checking) held.release();
        // The lock ends with the connection.
        await sql.end({ timeout: 1 });
        await checking;
      },
    };
  } catch (error) {
    await sql.end({ timeout: 1 });
    throw error;
  }
};
