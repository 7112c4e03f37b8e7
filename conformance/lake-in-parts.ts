import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Result, run, startLake } from './lake.ts';

const program = join(dirname(fileURLToPath(import.meta.url)), '..', 'bin', 'leman.js');

/** A lake of several processes, each of which can be killed and started again. */
export interface LakeInParts {
  home: string;
  url: string;
  /** A call of the REST API as root. */
  api(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }>;
  /** Runs `leman ...` against this lake. */
  leman(...words: string[]): Promise<Result>;
  serve(part: string): Promise<void>;
  /** kill -9 */
  kill(part: string): Promise<void>;
  stop(): Promise<void>;
}

/** `parts`: name to roles, in the order of their start. */
export const startLakeInParts = async (options: {
  parts: Record<string, string>;
  config?: Record<string, unknown>;
}): Promise<LakeInParts> => {
  const home = await mkdtemp(join(tmpdir(), 'leman-parts-'));
  if (options.config) await writeFile(join(home, 'leman.yaml'), JSON.stringify(options.config));
  // The first start of all together makes what the parts share.
  const first = await startLake({ home, words: ['--empty'] });
  const { url } = first.ready;
  await first.stop();
  const admin = JSON.parse(readFileSync(join(home, 'admin.json'), 'utf8')) as Record<string, string>;
  const running = new Map<string, { child: ChildProcess; pid: number }>();
  let token = '';

  const end = async (part: string, signal: NodeJS.Signals) => {
    const { child, pid } = running.get(part)!;
    running.delete(part);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    process.kill(pid, signal);
    await ended;
  };
  const lake: LakeInParts = {
    home,
    url,
    async api(method, path, body) {
      if (!token) {
        const login = await fetch(`${url}/auth/userpass`, {
          headers: {
            'X-Rucio-Account': admin.account!,
            'X-Rucio-Username': admin.username!,
            'X-Rucio-Password': admin.password!,
          },
        });
        token = login.headers.get('x-rucio-auth-token') ?? '';
      }
      const answer = await fetch(url + path, {
        method,
        headers: { 'X-Rucio-Auth-Token': token },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, text: await answer.text() };
    },
    leman: (...words) => run(process.execPath, [program, ...words, '--home', home]),
    async serve(part) {
      const words = [
        program,
        'serve',
        '--roles',
        options.parts[part]!,
        '--home',
        home,
        '--port',
        '0',
        '--json',
      ];
      const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
      let errors = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        errors = (errors + text).slice(-4000);
      });
      const pid = await new Promise<number>((resolve, reject) => {
        createInterface({ input: child.stdout }).once('line', (line) =>
          resolve((JSON.parse(line) as { pid: number }).pid),
        );
        child.once('exit', (code) => reject(new Error(`${part} ended with ${code}: ${errors}`)));
      });
      running.set(part, { child, pid });
    },
    kill: (part) => end(part, 'SIGKILL'),
    async stop() {
      for (const part of Object.keys(options.parts).toReversed())
        if (running.has(part)) await end(part, 'SIGINT');
      await rm(home, { recursive: true, force: true });
    },
  };
  for (const part of Object.keys(options.parts)) await lake.serve(part);
  return lake;
};
