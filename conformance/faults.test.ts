import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import test, { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { eventually, run, startLake } from './lake.ts';

// Every process of a lake is killed with -9 in the middle of 1,000 transfers. In the end each file is at its
// destination exactly once, the counters equal the sums, and no partial file stays.

const program = join(dirname(fileURLToPath(import.meta.url)), '..', 'bin', 'leman.js');
const FILES = 1000;
const [source, destination] = ['ALPHA-DISK', 'BETA-DISK'] as const;
const groups = { lake: 'api,daemons', transfer: 'transfer', storage: 'storage', database: 'database' };
type Group = keyof typeof groups;

let home: string;
let work: string;
const running = new Map<Group, { child: ChildProcess; pid: number }>();

const serve = async (group: Group): Promise<void> => {
  const words = [program, 'serve', '--roles', groups[group], '--home', home, '--port', '0', '--json'];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  const pid = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) =>
      resolve((JSON.parse(line) as { pid: number }).pid),
    );
    child.once('exit', (code) => reject(new Error(`${group} ended with ${code}: ${errors}`)));
  });
  running.set(group, { child, pid });
};

const kill = async (group: Group): Promise<void> => {
  const { child, pid } = running.get(group)!;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(pid, 'SIGKILL');
  await ended;
};

let url: string;
let token = '';
const api = async (method: string, path: string, body?: unknown) => {
  if (!token) {
    const admin = JSON.parse(readFileSync(join(home, 'admin.json'), 'utf8')) as Record<string, string>;
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
};
const lines = <T>(text: string): T[] =>
  text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'leman-faults-'));
  work = await mkdtemp(join(tmpdir(), 'leman-files-'));
  const first = await startLake({ home, words: ['--empty'] });
  url = first.ready.url;
  await first.stop();
  for (const group of ['database', 'storage', 'transfer', 'lake'] as const) await serve(group);
  await mkdir(join(work, 'many'));
  for (let i = 0; i < FILES; i++) {
    await writeFile(join(work, 'many', `f${i}`), randomBytes(1000 + (i % 500)));
  }
});
after(async () => {
  for (const group of ['lake', 'transfer', 'storage', 'database'] as const) {
    const one = running.get(group);
    if (!one || one.child.exitCode !== null || one.child.signalCode !== null) continue;
    const ended = new Promise((resolve) => one.child.once('exit', resolve));
    process.kill(one.pid, 'SIGINT');
    await ended;
  }
  await rm(home, { recursive: true, force: true });
  await rm(work, { recursive: true, force: true });
});

interface Rule {
  state: string;
  locks_ok_cnt: number;
  locks_replicating_cnt: number;
  locks_stuck_cnt: number;
}

test('kill -9 of the lake, the transfer service, the database and the storages loses and doubles nothing', async () => {
  await api('POST', '/accounts/root/scopes/faults');
  const uploaded = await run(process.execPath, [
    ...[program, 'upload', '--home', home, '--rse', source, '--scope', 'faults', '--dataset', 'faults:many'],
    join(work, 'many'),
  ]);
  assert.equal(uploaded.code, 0, uploaded.stderr);
  const posted = await api('POST', '/rules/', {
    dids: [{ scope: 'faults', name: 'many' }],
    account: 'root',
    copies: 1,
    rse_expression: destination,
  });
  assert.equal(posted.status, 201, posted.text);
  const [id] = JSON.parse(posted.text) as string[];
  const rule = async (): Promise<Rule | undefined> => {
    try {
      const answer = await api('GET', `/rules/${id}`);
      return answer.status === 200 ? (JSON.parse(answer.text) as Rule) : undefined;
    } catch {
      return undefined;
    }
  };
  const killedAt: Record<string, number> = {};
  for (const [group, share] of [
    ['lake', 0.05],
    ['transfer', 0.25],
    ['database', 0.45],
    ['storage', 0.65],
  ] as const) {
    await eventually(`${share * 100} % before killing ${group}`, async () => {
      const now = await rule();
      killedAt[group] = now?.locks_ok_cnt ?? 0;
      return now && now.locks_ok_cnt >= share * FILES;
    });
    await kill(group);
    await sleep(300);
    await serve(group);
  }
  assert.ok(
    Object.values(killedAt).some((count) => count < FILES),
    `all were done before the first kill: ${JSON.stringify(killedAt)}`,
  );

  const last = await eventually(
    'rule OK',
    async () => {
      const now = await rule();
      return now?.state === 'OK' && now;
    },
    150_000,
  ).catch(async (error: Error) => {
    throw new Error(`${error.message}\n${(await api('GET', `/rules/${id}/explain`)).text.slice(0, 4000)}`);
  });
  assert.deepEqual([last.locks_ok_cnt, last.locks_replicating_cnt, last.locks_stuck_cnt], [FILES, 0, 0]);

  const replicas = lines<{ name: string; states: Record<string, string> }>(
    (await api('POST', '/replicas/list', { dids: [{ scope: 'faults', name: 'many' }], all_states: true }))
      .text,
  );
  assert.equal(replicas.length, FILES);
  assert.equal(
    replicas.filter((file) => file.states[source] === 'AVAILABLE' && file.states[destination] === 'AVAILABLE')
      .length,
    FILES,
  );

  for (const rse of [source, destination]) {
    const files = readdirSync(join(home, 'storages', rse, 'files'), {
      recursive: true,
      withFileTypes: true,
    }).filter((entry) => entry.isFile());
    assert.equal(
      files.length,
      FILES,
      `${rse}: ${files.slice(0, 3).map((file) => join(file.parentPath, file.name))}`,
    );
  }
  const bytes = Array.from({ length: FILES }, (_, i) => 1000 + (i % 500)).reduce(
    (sum, size) => sum + size,
    0,
  );
  const usage = lines<{ source: string; used: number; files: number }>(
    (await api('GET', `/rses/${destination}/usage?source=rucio`)).text,
  )[0]!;
  assert.deepEqual([usage.used, usage.files], [bytes, FILES]);
  const account = lines<{ bytes: number; files: number }>(
    (await api('GET', `/accounts/root/usage/local/${destination}`)).text,
  )[0]!;
  assert.deepEqual([account.bytes, account.files], [bytes, FILES]);
  assert.deepEqual(
    lines(
      (await api('GET', `/requests/list?src_rse=${source}&dst_rse=${destination}&request_states=Q,S,G,D,F`))
        .text,
    ),
    [],
  );
});
