import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '@leman/contracts';
import { type Log, openDatabase, supervisePostgres } from '@leman/foundation';
import type { Config } from '@leman/foundation/config';
import { replaceFile } from '@leman/tokens';
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

const notThere = (home: Home) =>
  fail(
    'ConfigurationError',
    `The database in ${home.directory} does not answer. Start "leman serve --roles database" first, or set DATABASE_URL.`,
  );

/** Address of the embedded database of a home; waits for its first start. */
const embeddedUrl = async (home: Home): Promise<string> => {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(100)) {
    const text = await readFile(home.databaseFile, 'utf8').catch(() => undefined);
    if (text !== undefined) return (JSON.parse(text) as { url: string }).url;
  }
  throw notThere(home);
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
  if (options.runs) {
    const server = await supervisePostgres({ home: home.databaseDirectory, log });
    replaceFile(home.databaseFile, 0o644, `${JSON.stringify({ url: server.url })}\n`);
    return server;
  }
  const url = await embeddedUrl(home);
  await reach(url, PATIENCE_MS).catch((error: Error) => {
    if (error.name === 'ConfigurationError') throw error;
    throw notThere(home);
  });
  return { url, pid: undefined, stop: nothing };
};
