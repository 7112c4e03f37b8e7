import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Client, collect, createClient } from '@leman/client';
import { silentLog } from '@leman/foundation';
import { type HttpStorage, startHttpStorage } from '@leman/protocols/testing';
import { type Storage, startStorage } from '@leman/storage';
import type { AdminCredentials } from '../lake/credentials.ts';
import { documents, leman, type Result, startUp, type Up } from '../testing/run-leman.ts';

let home: string;
let work: string;
let up: Up;
let client: Client;
const stops: (() => Promise<void>)[] = [];
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'leman-join-'));
  work = await mkdtemp(join(tmpdir(), 'leman-site-'));
  up = await startUp(home, ['up', '--empty']);
  const login = JSON.parse(await readFile(up.ready.credentials, 'utf8')) as AdminCredentials;
  client = createClient({ url: login.url, login });
});
after(async () => {
  for (const stop of stops) await stop();
  await up?.end('SIGINT');
  await rm(home, { recursive: true, force: true });
  await rm(work, { recursive: true, force: true });
});

const run = (...words: string[]): Promise<Result> => leman([...words, '--home', home]);

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

/** A storage of another site, with a certificate that the lake can verify. */
const foreignStorage = async (name: string, audience?: string): Promise<Storage & { address: string }> => {
  const port = await freePort();
  const storage = await startStorage({
    name,
    root: join(work, name),
    stateDir: join(work, `${name}.state`),
    host: '127.0.0.1',
    port,
    tls: {
      cert: await readFile(join(home, 'host.pem'), 'utf8'),
      key: await readFile(join(home, 'host-key.pem'), 'utf8'),
    },
    ca: await readFile(up.ready.ca, 'utf8'),
    issuers: [up.ready.url],
    audience: audience ?? `https://localhost:${port}`,
    tpc: { allowPrivate: true },
    log: silentLog,
  });
  stops.push(() => storage.stop());
  return { ...storage, address: `davs://localhost:${port}/data/lake/` };
};

interface Found {
  check: string;
  state: string;
}
const found = (stdout: string): Record<string, string> =>
  Object.fromEntries(
    documents<Partial<Found>>(stdout)
      .filter(({ check }) => check !== undefined)
      .map(({ check, state }) => [check, state]),
  );
/** Every file below a directory, the storage's own left out. */
const filesIn = async (directory: string): Promise<string[]> =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.leman'))
    .map(({ name }) => name);

test('a storage of another site joins, is tried, and takes part', async () => {
  const { address } = await foreignStorage('eta');
  const { code, stdout, stderr } = await run(
    ...['rse', 'connect', 'ETA-DISK', address, '--site', 'ETA', '--qos', 'SAFE', '--json'],
  );
  assert.equal(code, 0, stderr + stdout);
  assert.deepEqual(found(stdout), {
    Answers: 'ok',
    'Without a token': 'ok',
    Token: 'ok',
    Write: 'ok',
    Read: 'ok',
    'Copy from ALPHA-DISK': 'ok',
    'Copy to ALPHA-DISK': 'ok',
    'Signed address': 'ok',
    Delete: 'ok',
  });
  assert.deepEqual(await filesIn(join(work, 'eta')), []);
  assert.deepEqual(await filesIn(join(home, 'storages', 'ALPHA-DISK', 'files')), []);

  const rse = await client.rses.get('ETA-DISK');
  assert.ok(rse.availability_read && rse.availability_write && rse.availability_delete);
  const { site, QOS, sign_url } = await client.rses.attributes('ETA-DISK');
  assert.deepEqual({ site, QOS, sign_url }, { site: 'ETA', QOS: 'SAFE', sign_url: 'leman' });
  for (const { rse: other } of up.ready.storages) {
    assert.equal((await client.rses.distance('ETA-DISK', other)).length, 1);
    assert.equal((await client.rses.distance(other, 'ETA-DISK')).length, 1);
  }

  await writeFile(join(work, 'notes.txt'), 'from here to there');
  assert.equal((await run('scope', 'add', 'joined')).code, 0);
  const uploaded = await run('upload', join(work, 'notes.txt'), '--rse', 'ALPHA-DISK', '--scope', 'joined');
  assert.equal(uploaded.code, 0, uploaded.stderr);
  const rule = await run('rule', 'add', 'joined:notes.txt', '--rse', 'site=ETA', '--wait');
  assert.equal(rule.code, 0, rule.stderr);
  assert.deepEqual(await filesIn(join(work, 'eta')), ['notes.txt']);
});

test('a storage that refuses the tokens stays closed; what it must trust is said with the values', async () => {
  const { address, port } = await foreignStorage('theta', 'https://another.example.org');
  const first = await run('rse', 'connect', 'THETA-DISK', address);
  assert.equal(first.code, 6, first.stderr);
  assert.match(first.stdout, /✗ Token .*401/);
  assert.match(first.stdout, new RegExp(`issuer +${up.ready.url}\n`));
  assert.match(first.stdout, new RegExp(`audience +https://localhost:${port}\n`));
  assert.match(first.stdout, /below \/data\/lake\//);
  assert.match(first.stdout, /https issuers only/);
  assert.match(first.stderr, /does not work yet, and is closed/);
  const again = await run('rse', 'connect', 'THETA-DISK', address, '--json');
  assert.equal(again.code, 6);
  assert.equal(found(again.stdout).Token, 'failed');
  assert.equal((await client.rses.get('THETA-DISK')).availability_write, false);
  const unchecked = await run('rse', 'connect', 'THETA-DISK', address, '--no-check');
  assert.equal(unchecked.code, 0, unchecked.stderr);
  assert.equal((await client.rses.get('THETA-DISK')).availability_write, true);
});

test('a storage that is open to everybody is pointed out, unless it is meant to be', async () => {
  const open: HttpStorage = await startHttpStorage();
  stops.push(() => open.stop());
  const words = ['rse', 'connect', 'IOTA-DISK', `${open.url}/lake`];
  const warned = await run(...words);
  assert.match(warned.stdout, /! Without a token +everybody who reaches it can write there/);
  assert.match(warned.stdout, /✓ Write/);
  assert.equal(open.files.size, 0);
  const meant = await run(...words, '--anonymous', '--json');
  const checks = found(meant.stdout);
  assert.equal(checks['Without a token'], undefined);
  assert.deepEqual([checks.Write, checks.Read, checks.Delete], ['ok', 'ok', 'ok']);
});

test('nobody there: said so, with what to look at', async () => {
  const port = await freePort();
  const { code, stdout } = await run('rse', 'connect', 'KAPPA-DISK', `https://localhost:${port}/x/`);
  assert.equal(code, 6);
  assert.match(stdout, /✗ Answers .*\n +Nothing listens there/);
  assert.equal((await run('rse', 'rm', 'KAPPA-DISK')).code, 0);
  assert.equal((await run('rse', 'show', 'KAPPA-DISK')).code, 3);
});

test('addresses and distances are shown and changed', async () => {
  const shown = await run('rse', 'protocol', 'ALPHA-DISK', '--json');
  assert.equal(documents<{ scheme: string }>(shown.stdout)[0]?.scheme, 'https');
  const extra = 'davs://alpha.example.org/lake/';
  assert.equal((await run('rse', 'protocol', 'ALPHA-DISK', 'add', extra)).code, 0);
  assert.match(
    (await run('rse', 'protocol', 'ALPHA-DISK')).stdout,
    /davs:\/\/alpha\.example\.org:443\/lake\//,
  );
  assert.equal((await run('rse', 'protocol', 'ALPHA-DISK', 'rm', extra)).code, 0);
  assert.equal((await client.rses.protocols('ALPHA-DISK')).length, 1);
  assert.equal((await run('rse', 'protocol', 'ALPHA-DISK', 'rm', extra)).code, 3);

  assert.equal((await run('rse', 'distance', 'ALPHA-DISK', 'BETA-DISK', '7')).code, 0);
  const both = await run('rse', 'distance', 'BETA-DISK', 'ALPHA-DISK', '--json');
  assert.deepEqual(
    documents<{ distance: number }>(both.stdout).map(({ distance }) => distance),
    [7, 7],
  );
});

test('rules are approved, denied and changed', async () => {
  const ask = async (lifetime: number) =>
    (
      await client.rules.add({
        dids: [{ scope: 'joined', name: 'notes.txt' }],
        copies: 1,
        rse_expression: lifetime > 100 ? 'BETA-DISK' : 'ALPHA-FAST',
        ask_approval: true,
        lifetime,
      })
    )[0]!;
  const [wanted, unwanted] = [await ask(1000), await ask(100)];
  assert.equal((await run('rule', 'approve', wanted)).code, 0);
  assert.equal((await run('rule', 'deny', unwanted, '--comment', 'no room')).code, 0);
  const twice = await run('rule', 'approve', wanted);
  assert.equal(twice.code, 1);
  assert.match(twice.stderr, /does not wait for approval/);
  const changed = await run(
    ...['rule', 'set', wanted, '--lifetime', 'none', '--comment', 'kept', '--priority', '4', '--suspend'],
  );
  assert.equal(changed.code, 0, changed.stderr);
  const { comments, priority, expires_at, state } = await client.rules.get(wanted);
  assert.deepEqual(
    { comments, priority, expires_at, state },
    { comments: 'kept', priority: 4, expires_at: null, state: 'SUSPENDED' },
  );
  assert.equal((await run('rule', 'set', wanted, '--resume', '--boost')).code, 0);
  assert.notEqual((await client.rules.get(wanted)).state, 'SUSPENDED');
});

test('what is wrong is said in one sentence, with its exit code', async () => {
  const wrong: [string[], number, RegExp][] = [
    [['rse', 'connect', 'X-DISK', 'storage.example.org/lake'], 2, /no address of a web storage/],
    [['rse', 'connect', 'X-DISK', 'https://me:secret@example.org/lake'], 2, /holds a password/],
    [['rse', 'connect', 'X-DISK', 'http://example.org/lake', '--scheme', 'davs'], 2, /one is encrypted/],
    [['rse', 'connect', 'ALPHA-DISK', 'https://example.org/lake'], 2, /is known already, at https/],
    [['rse', 'protocol', 'ALPHA-DISK', 'add'], 2, /Write "leman rse protocol/],
    [['rse', 'protocol', 'NO-SUCH-RSE'], 3, /./],
    [['rse', 'distance', 'ALPHA-DISK', 'BETA-DISK', 'far'], 2, /whole number/],
    [['rule', 'set', 'f'.repeat(32)], 2, /Say what to change/],
    [['rule', 'set', 'f'.repeat(32), '--boost'], 3, /./],
  ];
  for (const [words, code, pattern] of wrong) {
    const result = await run(...words);
    assert.equal(result.code, code, `leman ${words.join(' ')}: ${result.stderr}`);
    assert.match(result.stderr, pattern);
  }
  const names = (await collect(client.rses.list())).map(({ rse }) => rse);
  assert.ok(!names.includes('X-DISK'));
});

test('a storage added to leman.yaml takes part from the next start', async () => {
  await up.end('SIGINT');
  const storages = [
    ...up.ready.storages.map(({ rse }) => ({ rse, site: rse.split('-')[0]! })),
    { rse: 'DELTA-DISK', site: 'DELTA', qos: 'SAFE', capacity: 1_000_000_000 },
  ];
  await writeFile(join(home, 'leman.yaml'), JSON.stringify({ storages }));
  up = await startUp(home, ['up', '--empty']);
  assert.equal((await client.rses.attributes('DELTA-DISK')).QOS, 'SAFE');
  for (const other of ['ALPHA-DISK', 'ETA-DISK']) {
    assert.equal((await client.rses.distance('DELTA-DISK', other)).length, 1, other);
    assert.equal((await client.rses.distance(other, 'DELTA-DISK')).length, 1, other);
  }
  const rule = await run('rule', 'add', 'joined:notes.txt', '--rse', 'DELTA-DISK', '--wait');
  assert.equal(rule.code, 0, rule.stderr);
});
