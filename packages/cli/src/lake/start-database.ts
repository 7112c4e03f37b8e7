import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '@leman/contracts';
import { type Log, openDatabase, supervisePostgres } from '@leman/foundation';
import type { Config } from '@leman/foundation/config';
import type { Home } from './home.ts';

export interface Database {
  url: string;
  /** Process of the embedded server; undefined when it is somebody else's. */
  pid: number | undefined;
  stop(): Promise<void>;
}

const PATIENCE_MS = 30_000;

const reach = async (url: string, patience: number): Promise<void> => {
  const until = Date.now() + patience;
  for (;;) {
    const sql = openDatabase({ url, schema: 'public', max: 1 });
    try {
      const [row] = await sql<
        { version: number }[]
      >`select current_setting('server_version_num')::int as version`;
      if (row!.version < 150000) {
        throw fail(
          'ConfigurationError',
          `The database is older than PostgreSQL 15 (${row!.version}). Use a newer one.`,
        );
      }
      return;
    } catch (error) {
      const wrong = error instanceof Error && error.name === 'ConfigurationError';
      if (wrong || Date.now() > until) throw error;
    } finally {
      await sql.end({ timeout: 1 });
    }
    await sleep(100);
  }
};

/**
 * The database of a home: DATABASE_URL when set; else the embedded one, which the role `database` runs and the other
 * roles wait for.
 */
export const startDatabase = async (options: {
  config: Config;
  home: Home;
  runs: boolean;
  log: Log;
}): Promise<Database> => {
  const { config, home, log } = options;
  const nothing = async () => undefined;
  if (config.databaseUrl !== undefined) {
    await reach(config.databaseUrl, 0).catch((error: Error) => {
      if (error.name === 'ConfigurationError') throw error;
      throw fail(
        'ConfigurationError',
        `The database of DATABASE_URL does not answer: ${error.message}. Start it, or correct the URL.`,
      );
    });
    return { url: config.databaseUrl, pid: undefined, stop: nothing };
  }
  if (options.runs) return supervisePostgres({ home: home.databaseDirectory, log });
  const url = `socket:${home.databaseDirectory}/socket?db=leman`;
  await reach(url, PATIENCE_MS).catch((error: Error) => {
    if (error.name === 'ConfigurationError') throw error;
    throw fail(
      'ConfigurationError',
      `The database in ${home.directory} does not answer. Start "leman serve --roles database" first, or set DATABASE_URL.`,
    );
  });
  return { url, pid: undefined, stop: nothing };
};
