import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cpuOf, pssOf, treeOf } from './processes.ts';

/** One measurement, as it is written to the results. */
export type Line = { step: string; [key: string]: unknown };

/** Runs a program to its end and gives what it printed. @throws with its last words when it fails */
export const runToEnd = (program: string, words: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4000);
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`${program} ended with ${code}: ${errors || out}`)),
    );
  });

/** A program that stays, and the line of JSON that it prints when it is ready. */
export interface Running<T> {
  ready: T;
  stop(): Promise<void>;
}

export const startRunning = async <T extends { pid: number }>(
  words: readonly string[],
): Promise<Running<T>> => {
  const child: ChildProcess = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = await new Promise<T>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', (line) => resolve(JSON.parse(line) as T));
    child.once('exit', (code) => reject(new Error(`${words[0]} ended with ${code}`)));
  });
  return {
    ready,
    async stop() {
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      process.kill(ready.pid, 'SIGINT');
      await ended;
    },
  };
};

type Used = { cpu_s: number; rss_peak_mib: number; pss_peak_mib: number };

/** Our database is a child of the server: what it used is told on its own only. RSS counts shared pages many times. */
const withoutDatabase = (line: Line): Line => {
  const { server, pg } = line as { server?: Used; pg?: Used };
  if (!server || !pg) return line;
  const own = {
    cpu_s: Math.round((server.cpu_s - pg.cpu_s) * 100) / 100,
    pss_peak_mib: server.pss_peak_mib - pg.pss_peak_mib,
  };
  return { ...line, server: own, pg: { cpu_s: pg.cpu_s, pss_peak_mib: pg.pss_peak_mib } };
};

/** Runs a step of the shared load driver (bench.py) and gives its lines. */
export const createDriver =
  (options: {
    python: string;
    drivers: string;
    base: string;
    user: string;
    password: string;
    watch: Record<string, number>;
    /** The database is a process of its own, not one below the server. */
    databaseApart?: boolean;
  }) =>
  async (step: string, ...words: string[]): Promise<Line[]> => {
    const watched = Object.entries(options.watch).flatMap(([name, pid]) => ['--watch', `${name}=${pid}`]);
    const out = await runToEnd(options.python, [
      join(options.drivers, 'bench.py'),
      step,
      ...['--base', options.base, '--user', options.user, '--password', options.password],
      ...watched,
      ...words,
    ]);
    return out
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((text) => {
        const line = JSON.parse(text) as Line;
        return options.databaseApart ? line : withoutDatabase(line);
      });
  };

/** CPU seconds and the peak of the proportional memory of process trees while something is measured. */
export const watchProcesses = (roots: Record<string, readonly number[]>) => {
  const trees = () => Object.entries(roots).map(([name, pids]) => [name, pids.flatMap(treeOf)] as const);
  const before = new Map(trees().map(([name, pids]) => [name, cpuOf(pids)]));
  const peaks = new Map<string, number>();
  const look = () => {
    for (const [name, pids] of trees()) peaks.set(name, Math.max(peaks.get(name) ?? 0, pssOf(pids)));
  };
  look();
  const timer = setInterval(look, 500);
  return () => {
    clearInterval(timer);
    look();
    return Object.fromEntries(
      trees().map(([name, pids]) => [
        name,
        {
          cpu_s: Math.round((cpuOf(pids) - before.get(name)!) * 100) / 100,
          pss_peak_mib: Math.round(peaks.get(name)! / 2 ** 20),
        },
      ]),
    );
  };
};
