import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sql } from './database.ts';

/**
 * Brings one schema up to date with the numbered files of a directory (`0001-name.sql`, append only). Each file runs
 * in a transaction of its own and is recorded with its SHA-256; a recorded file that changed is an error, because the
 * database no longer is what the file says. Safe to call from several processes at once (advisory lock).
 *
 * @returns the names of the files that ran now.
 */
export const migrate = async (sql: Sql, schema: string, directory: string): Promise<string[]> => {
  const files = (await readdir(directory)).filter((name) => /^\d{4}-.*\.sql$/.test(name)).sort();
  const ran: string[] = [];
  const connection = await sql.reserve();
  try {
    await connection`select pg_advisory_lock(hashtext(${`leman-migrate-${schema}`}))`;
    await connection.unsafe(`create schema if not exists ${schema}`);
    await connection.unsafe(
      `create table if not exists ${schema}.migrations (name text primary key, sha256 text not null, ran_at timestamptz not null default now())`,
    );
    const done = new Map(
      (await connection.unsafe(`select name, sha256 from ${schema}.migrations`)).map((row) => [
        row.name as string,
        row.sha256 as string,
      ]),
    );
    for (const name of files) {
      const text = await readFile(join(directory, name), 'utf8');
      const sha256 = createHash('sha256').update(text).digest('hex');
      const recorded = done.get(name);
      if (recorded === sha256) continue;
      if (recorded) {
        throw new Error(
          `Migration ${schema}/${name} changed after it ran. Restore the file, or write a new one.`,
        );
      }
      await connection.unsafe('begin');
      try {
        await connection.unsafe(`set local search_path to ${schema}, public`);
        await connection.unsafe(text);
        await connection.unsafe(
          `insert into ${schema}.migrations (name, sha256) values ('${name}', '${sha256}')`,
        );
        await connection.unsafe('commit');
      } catch (error) {
        await connection.unsafe('rollback');
        throw new Error(`Migration ${schema}/${name} failed: ${(error as Error).message}`, { cause: error });
      }
      ran.push(name);
    }
  } finally {
    await connection`select pg_advisory_unlock(hashtext(${`leman-migrate-${schema}`}))`.catch(
      () => undefined,
    );
    connection.release();
  }
  return ran;
};
