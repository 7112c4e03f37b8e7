import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The line of JSON that `leman up --json` prints when it is ready. */
export interface Ready {
  url: string;
  transfer: string;
  storages: { rse: string; url: string }[];
  credentials: string;
  home: string;
  pid: number;
}

export interface Lake {
  ready: Ready;
  home: string;
  admin: { account: string; username: string; password: string; url: string };
  /** A call of the REST API as root; bodies and answers are JSON or NDJSON. */
  api(method: string, path: string, body?: unknown): Promise<{ status: number; text: string; json<T>(): T }>;
  /** Runs `leman ...` against this lake. */
  leman(...words: string[]): Promise<Result>;
  kill(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end; never throws for its exit code. */
export const run = (
  command: string,
  words: readonly string[],
  options: {
    env?: Record<string, string>;
    cwd?: string;
    namespace?: string | undefined;
    timeoutMs?: number;
  } = {},
): Promise<Result> => {
  const [program, ...rest] = options.namespace
    ? ['ip', 'netns', 'exec', options.namespace, command, ...words]
    : [command, ...words];
  return new Promise((resolve) => {
    execFile(
      program!,
      rest,
      {
        env: { ...process.env, ...options.env },
        cwd: options.cwd,
        timeout: options.timeoutMs ?? 120_000,
        maxBuffer: 64 << 20,
      },
      (error, stdout, stderr) =>
        resolve({
          code: error ? (typeof error.code === 'number' ? error.code : 1) : 0,
          stdout: String(stdout),
          stderr: String(stderr),
        }),
    );
  });
};

/** The path of a program, or undefined when the machine does not have it. */
export const which = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(':')
    .map((directory) => join(directory, name))
    .find((path) => existsSync(path));

/** Waits until a condition gives something; throws with the last reason after the time. */
export const eventually = async <T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> => {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > until) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
    await sleep(100);
  }
};

/** Starts a whole lake in a home of its own (kept over restarts when `home` is given). */
export const startLake = async (
  options: { words?: string[]; home?: string; namespace?: string } = {},
): Promise<Lake> => {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'leman-lake-')));
  const words = [
    join(root, 'bin', 'leman.js'),
    'up',
    '--home',
    home,
    '--port',
    '0',
    '--json',
    ...(options.words ?? []),
  ];
  const [program, ...rest] = options.namespace
    ? ['ip', 'netns', 'exec', options.namespace, process.execPath, ...words]
    : [process.execPath, ...words];
  const child: ChildProcess = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-20_000);
  });
  const ready = await new Promise<Ready>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', (line) => resolve(JSON.parse(line) as Ready));
    child.once('exit', (code) => reject(new Error(`leman up ended with ${code}: ${errors}`)));
  });
  const admin = JSON.parse(readFileSync(ready.credentials, 'utf8')) as Lake['admin'];
  let token = '';
  const inside = async (method: string, path: string, headers: Record<string, string>, body?: unknown) => {
    if (!options.namespace) {
      const answer = await fetch(ready.url + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return {
        status: answer.status,
        text: await answer.text(),
        token: answer.headers.get('x-rucio-auth-token'),
      };
    }
    const sent = await run(
      'curl',
      [
        ...['-sS', '-i', '-X', method, ready.url + path],
        ...Object.entries(headers).flatMap(([key, value]) => ['-H', `${key}: ${value}`]),
        ...(body === undefined ? [] : ['--data-binary', JSON.stringify(body)]),
      ],
      { namespace: options.namespace },
    );
    const [head, ...text] = sent.stdout.split('\r\n\r\n');
    return {
      status: Number(/^HTTP\/\S+ (\d+)/.exec(head!)?.[1]),
      text: text.join('\r\n\r\n'),
      token: /^x-rucio-auth-token: (\S+)/im.exec(head!)?.[1] ?? null,
    };
  };
  return {
    ready,
    home,
    admin,
    async api(method, path, body) {
      if (!token) {
        const login = await inside('GET', '/auth/userpass', {
          'X-Rucio-Account': admin.account,
          'X-Rucio-Username': admin.username,
          'X-Rucio-Password': admin.password,
        });
        token = login.token ?? '';
      }
      const answer = await inside(method, path, { 'X-Rucio-Auth-Token': token }, body);
      return { ...answer, json: <T>() => JSON.parse(answer.text) as T };
    },
    leman: (...more) =>
      run(process.execPath, [join(root, 'bin', 'leman.js'), ...more, '--home', home], {
        namespace: options.namespace,
      }),
    kill: (signal) => void process.kill(ready.pid, signal),
    async stop() {
      const ended =
        child.exitCode !== null ? undefined : new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null) process.kill(ready.pid, 'SIGINT');
      await ended;
      if (!options.home) await rm(home, { recursive: true, force: true });
    },
  };
};

/** What other programs need to find and trust the storages of a lake. */
export const environmentOf = (lake: Lake): Record<string, string> => ({
  RUCIO_CONFIG: join(lake.home, 'rucio.cfg'),
  X509_CERT_DIR: join(lake.home, 'certificates'),
  GFAL_PYTHONBIN: '/usr/bin/python3',
  NO_COLOR: '1',
  COLUMNS: '200',
});
