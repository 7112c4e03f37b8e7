import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { createAdler32 } from '@leman/contracts';
import { eventually, type Lake, run, startLake, which } from './lake.ts';
import { startXrootd, type XrootdServer } from './xrootd.ts';

// A real XRootD server (Debian) that is open to everybody takes part as an RSE in both directions.

const namespace = `leman-xrd-${process.pid}`;
const port = 11080;
let lake: Lake;
let work: string;
let server: XrootdServer;

before(async () => {
  assert.ok(
    which('xrootd'),
    'XRootD is missing: apt-get install xrootd-server xrootd-server-plugins xrootd-client',
  );
  assert.equal(process.getuid?.(), 0, 'A network namespace needs root.');
  assert.equal((await run('ip', ['netns', 'add', namespace])).code, 0);
  await run('ip', ['netns', 'exec', namespace, 'ip', 'link', 'set', 'lo', 'up']);
  lake = await startLake({ words: ['--empty'], namespace });
  work = await mkdtemp(join(tmpdir(), 'leman-work-'));
  server = await startXrootd({ namespace, port, lakeHome: lake.home });
});
after(async () => {
  await lake?.stop();
  await server?.stop();
  await run('ip', ['netns', 'del', namespace]);
  await rm(work, { recursive: true, force: true });
});

const put = async (method: string, path: string, body?: unknown) => {
  const answer = await lake.api(method, path, body);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer;
};

test('XRootD joins as an RSE', async () => {
  await put('POST', '/rses/XRD-DISK', { deterministic: true });
  await put('POST', '/rses/XRD-DISK/protocols/davs', {
    hostname: 'localhost',
    port,
    prefix: '/lake/',
    impl: 'rucio.rse.protocols.webdav.Default',
    domains: {
      lan: { read: 1, write: 1, delete: 1 },
      wan: { read: 1, write: 1, delete: 1, third_party_copy_read: 1, third_party_copy_write: 1 },
    },
  });
  for (const other of lake.ready.storages.map((entry) => entry.rse)) {
    await put('POST', `/rses/${other}/distances/XRD-DISK`, { distance: 1, bidirectional: true });
  }
  await put('POST', '/accounts/root/scopes/xrd');
});

const state = async (rule: string) =>
  (await lake.api('GET', `/rules/${rule}`)).json<{ state: string }>().state;
const addRule = async (name: string, expression: string): Promise<string> =>
  (
    await put('POST', '/rules/', {
      dids: [{ scope: 'xrd', name }],
      account: 'root',
      copies: 1,
      rse_expression: expression,
    })
  ).json<string[]>()[0]!;

const bytes = randomBytes(2_000_000);

test('a rule brings a file from a storage of ours to XRootD', async () => {
  await writeFile(join(work, 'out.dat'), bytes);
  const uploaded = await lake.leman('upload', '--rse', 'ALPHA-DISK', '--scope', 'xrd', join(work, 'out.dat'));
  assert.equal(uploaded.code, 0, uploaded.stderr);
  const rule = await addRule('out.dat', 'XRD-DISK');
  await eventually('rule OK', async () => (await state(rule)) === 'OK').catch(async (error) => {
    const why = await lake.api('GET', `/rules/${rule}/explain`);
    throw new Error(`${(error as Error).message}\n${why.text}`);
  });
  const found = await run('find', [join(server.data, 'lake'), '-type', 'f']);
  assert.deepEqual(await readFile(found.stdout.trim()), bytes);
});

test('a rule brings a file from XRootD to a storage of ours', async () => {
  const name = 'in.dat';
  const pfn = (await lake.api('GET', `/rses/XRD-DISK/lfns2pfns?lfn=xrd:${name}`)).json<
    Record<string, string>
  >()[`xrd:${name}`]!;
  const path = new URL(pfn.replace(/^davs/, 'https')).pathname.replace(/\/{2,}/g, '/');
  const file = join(server.data, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, bytes);
  assert.equal((await stat(file)).size, bytes.length);
  await put('POST', '/replicas', {
    rse: 'XRD-DISK',
    files: [{ scope: 'xrd', name, bytes: bytes.length, adler32: createAdler32().update(bytes).digest() }],
  });
  const rule = await addRule(name, 'BETA-DISK');
  await eventually('rule OK', async () => (await state(rule)) === 'OK').catch(async (error) => {
    const why = await lake.api('GET', `/rules/${rule}/explain`);
    throw new Error(`${(error as Error).message}\n${why.text}`);
  });
  const got = await lake.leman('download', '--dir', join(work, 'got'), '--rse', 'BETA-DISK', `xrd:${name}`);
  assert.equal(got.code, 0, got.stderr);
  const found = await run('find', [join(work, 'got'), '-name', name, '-type', 'f']);
  assert.deepEqual(await readFile(found.stdout.trim()), bytes);
});

test('a file that is not at XRootD is said to be missing there, and nothing stays behind', async () => {
  await put('POST', '/replicas', {
    rse: 'XRD-DISK',
    files: [{ scope: 'xrd', name: 'ghost.dat', bytes: 10, adler32: '00000001' }],
  });
  const rule = await addRule('ghost.dat', 'BETA-DISK');
  const why = await eventually('explained', async () => {
    const answer = await lake.api('GET', `/rules/${rule}/explain`);
    return /SOURCE_MISSING/.test(answer.text) && answer.text;
  });
  assert.match(why, /XRD-DISK/);
});
