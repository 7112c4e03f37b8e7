import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Client, createClient } from '@leman/client';

const root = join(import.meta.dirname, '..', '..', '..');
const web = join(root, 'packages', 'web');

const newest = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);

/** Builds the pages when there are none, or when they are older than their source. */
export const buildPages = (): void => {
  const built = join(web, 'dist', 'index.html');
  if (existsSync(built) && statSync(built).mtimeMs > newest(join(web, 'src'))) return;
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'bin', 'build-web.js')], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The pages cannot be built: ${stderr}`);
};

export interface RunningLake {
  url: string;
  home: string;
  username: string;
  password: string;
  /** As root. */
  client: Client;
  stop(): Promise<void>;
}

/** A whole lake with its samples, in a process and a home of its own. */
export const startLake = async (): Promise<RunningLake> => {
  const home = mkdtempSync(join(tmpdir(), 'leman-web-'));
  const lake: ChildProcess = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(root, 'bin', 'leman.js'),
      'up',
      '--home',
      home,
      '--port',
      '0',
      '--json',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => lake.once('exit', () => resolve()));
  let complaint = '';
  lake.stderr?.on('data', (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-2_000);
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: lake.stdout! }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const told = JSON.parse(line) as { ready?: boolean; url?: string };
      if (told.ready && told.url) resolve(told.url);
    });
    void ended.then(() => reject(new Error(`The lake ended before it was ready: ${complaint}`)));
  });
  const admin = JSON.parse(readFileSync(join(home, 'admin.json'), 'utf8')) as {
    username: string;
    password: string;
  };
  return {
    url,
    home,
    ...admin,
    client: createClient({ url, login: { username: admin.username, password: admin.password } }),
    async stop() {
      lake.kill('SIGTERM');
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
};
