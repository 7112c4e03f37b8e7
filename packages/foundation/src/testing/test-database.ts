import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { openDatabase, type Sql } from '../database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded-postgres.ts';
import { silentLog } from '../log.ts';
import { migrate } from '../migrate.ts';

export interface TestDatabase {
  sql: Sql;
  url: string;
  drop(): Promise<void>;
}

let cluster: Promise<EmbeddedPostgres> | undefined;
let home: string;
const templates = new Map<string, Promise<string>>();
let number = 0;

// At the top, so that it runs when all tests have ended, not those of the file that asked first.
after(async () => {
  if (!cluster) return;
  await (await cluster).stop();
  await rm(home, { recursive: true, force: true });
});

/** One cluster without fsync for the whole test process; it ends, with its directory, when the process does. */
export const testCluster = (): Promise<EmbeddedPostgres> => {
  cluster ??= (async () => {
    home = await mkdtemp(join(tmpdir(), 'leman-test-'));
    const server = await startEmbeddedPostgres({
      home,
      log: silentLog,
      volatile: true,
      settings: { max_connections: '200' },
    });
    process.once('exit', () => {
      try {
        process.kill(server.pid, 'SIGQUIT');
      } catch {
        // already gone
      }
    });
    return server;
  })();
  return cluster;
};

/**
 * A database of its own for one test file, with the given schemas migrated (schema name to directory of migrations).
 * The first search path entry is the first schema.
 */
export const createTestDatabase = async (schemas: Record<string, string>): Promise<TestDatabase> => {
  const server = await testCluster();
  const admin = openDatabase({ url: server.url, schema: 'public', max: 1 });
  const key = JSON.stringify(schemas);
  let template = templates.get(key);
  if (!template) {
    template = (async () => {
      const name = `template_${templates.size}`;
      await admin.unsafe(`create database ${name}`);
      const sql = openDatabase({ url: server.urlOf(name), schema: 'public', max: 1 });
      for (const [schema, directory] of Object.entries(schemas)) await migrate(sql, schema, directory);
      await sql.end();
      return name;
    })();
    templates.set(key, template);
  }
  const name = `test_${++number}`;
  await admin.unsafe(`create database ${name} template ${await template}`);
  await admin.end();
  const url = server.urlOf(name);
  const sql = openDatabase({ url, schema: Object.keys(schemas)[0]!, max: 6 });
  return {
    sql,
    url,
    async drop() {
      await sql.end({ timeout: 2 });
      const last = openDatabase({ url: server.url, schema: 'public', max: 1 });
      await last.unsafe(`drop database ${name} with (force)`);
      await last.end();
    },
  };
};
