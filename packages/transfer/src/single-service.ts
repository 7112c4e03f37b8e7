import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, openDatabase } from '@leman/foundation';

const LOCK = 'leman-transfer';
const RETRY_MS = 200;
const CHECK_MS = 5_000;

/**
 * Waits until this is the only transfer service on the database: two would start the same files. The lock belongs to a
 * connection of its own, so it ends with the process however that ends; when the database was restarted it is taken
 * again.
 */
export const becomeSingle = async (databaseUrl: string, log: Log): Promise<() => Promise<void>> => {
  const sql = openDatabase({
    url: databaseUrl,
    schema: 'transfer',
    max: 1,
    applicationName: 'leman transfer lock',
  });
  let stopped = false;
  const hold = async () => {
    // A reserved connection is not closed for idleness.
    const connection = await sql.reserve();
    for (let told = false; !stopped; told = true) {
      const [row] = await connection<
        { held: boolean }[]
      >`select pg_try_advisory_lock(hashtext(${LOCK})) as held`;
      if (row?.held) break;
      if (!told) log.warn('another transfer service works on this database; waiting for its end');
      await sleep(RETRY_MS);
    }
    return connection;
  };
  let connection = await hold();
  let checking: Promise<void> | undefined;
  const check = async () => {
    try {
      await connection`select 1`;
    } catch (error) {
      if (stopped) return;
      log.warn({ err: error }, 'the connection that holds the lock was lost; taking it again');
      try {
        connection.release();
        connection = await hold();
      } catch {
        // The database is still away: at the next check.
      }
    }
  };
  const timer = setInterval(() => {
    checking ??= check().finally(() => {
      checking = undefined;
    });
  }, CHECK_MS).unref();
  return async () => {
    stopped = true;
    clearInterval(timer);
    await checking;
    await connection`select pg_advisory_unlock(hashtext(${LOCK}))`.catch(() => undefined);
    connection.release();
    await sql.end({ timeout: 1 });
  };
};
