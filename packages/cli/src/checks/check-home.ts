import { X509Certificate } from 'node:crypto';
import { readdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Home } from '../lake/home.ts';
import { type Holder, holderOf } from '../lake/lock-home.ts';
import { sayBytes, saySpan } from '../terminal/units.ts';
import type { Finding } from './print-finding.ts';

const DAY_SECONDS = 86_400;
const RENEWED_BEFORE_DAYS = 30;
const LOW_SPACE = 2_000_000_000;
const NO_SPACE = 200_000_000;

const certificate = async (check: string, file: string): Promise<Finding> => {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    return {
      check,
      state: 'failed',
      say: `${file} is missing`,
      todo: 'Start the lake again: it makes a new one.',
    };
  }
  const left = (Date.parse(new X509Certificate(text).validTo) - Date.now()) / 1000;
  if (left <= 0)
    return {
      check,
      state: 'failed',
      say: `ended ${saySpan(-left)} ago`,
      todo: 'Start the lake again: it makes a new one.',
    };
  if (left < RENEWED_BEFORE_DAYS * DAY_SECONDS) {
    return {
      check,
      state: 'warning',
      say: `ends in ${saySpan(left)}`,
      todo: 'Start the lake again within that time: it is renewed then.',
    };
  }
  return { check, state: 'ok', say: `holds for ${saySpan(left)} more` };
};

const diskSpace = async (directory: string): Promise<Finding> => {
  const { bavail, bsize, blocks, ffree, files } = await statfs(directory);
  const free = bavail * bsize;
  const say = `${sayBytes(free)} of ${sayBytes(blocks * bsize)} free at ${directory}`;
  const todo = 'Make room on this disk, or move the home to a larger one.';
  if (files > 0 && ffree < 1000)
    return { check: 'Disk space', state: 'failed', say: `${ffree} inodes free at ${directory}`, todo };
  if (free < NO_SPACE) return { check: 'Disk space', state: 'failed', say, todo };
  return free < LOW_SPACE
    ? { check: 'Disk space', state: 'warning', say, todo }
    : { check: 'Disk space', state: 'ok', say };
};

const holders = async (home: Home): Promise<Holder[]> => {
  const files = await readdir(home.locksDirectory).catch(() => []);
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => holderOf(home, file.slice(0, -'.json'.length)))
    .filter((holder) => holder !== undefined);
};

const database = async (home: Home, isLocal: boolean): Promise<Finding> => {
  const check = 'Database';
  const kept = await readFile(home.databaseFile, 'utf8').catch(() => '{}');
  const url = process.env.DATABASE_URL || (JSON.parse(kept) as { url?: string }).url;
  if (url === undefined) {
    return { check, state: 'failed', say: 'was never started', todo: `leman up --home ${home.directory}` };
  }
  const { openDatabase } = await import('@leman/foundation');
  const sql = openDatabase({ url, schema: 'public', max: 1 });
  try {
    const [row] = await sql<{ version: string; connections: number; most: number; bytes: number }[]>`
      select current_setting('server_version') as version, pg_database_size(current_database()) as bytes,
        (select count(*) from pg_stat_activity) as connections, current_setting('max_connections')::int as most`;
    const { version, connections, most, bytes } = row!;
    const say = `PostgreSQL ${version}, ${sayBytes(bytes)}, ${connections} of ${most} connections`;
    return connections > most * 0.9
      ? { check, state: 'warning', say, todo: 'Raise max_connections, or run fewer processes on it.' }
      : { check, state: 'ok', say };
  } catch (error) {
    return {
      check,
      state: 'failed',
      say: `does not answer: ${(error as Error).message}`,
      todo: isLocal
        ? `Wait a moment: it is started again by itself. If it stays away, see ${home.logFile}.`
        : 'Start the lake, or the database of DATABASE_URL.',
    };
  } finally {
    await sql.end({ timeout: 1 });
  }
};

/** The checks of a home on this machine: its processes, database, certificates, disk. */
export async function* checkHome(home: Home): AsyncGenerator<Finding> {
  const running = await holders(home);
  const processes = new Set(running.map(({ pid }) => pid));
  yield running.length > 0
    ? {
        check: 'Processes',
        state: 'ok',
        say: `${processes.size} (${[...processes].join(', ')}): ${running.map(({ role }) => role).join(', ')}`,
      }
    : {
        check: 'Processes',
        state: 'failed',
        say: `nothing runs in ${home.directory}`,
        todo: `leman up --home ${home.directory}`,
      };
  yield await diskSpace(home.directory);
  yield await certificate('Certificate authority', home.caFile);
  yield await certificate('Host certificate', join(home.directory, 'host.pem'));
  yield await database(
    home,
    running.some(({ role }) => role === 'database'),
  );
}
