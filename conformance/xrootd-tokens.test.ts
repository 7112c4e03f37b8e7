import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually, type Lake, type Result, run, startLake, which } from './lake.ts';
import { startXrootd, type XrootdServer } from './xrootd.ts';

// A real XRootD server (Debian) with token authorization joins a lake: it fetches the keys of the lake through a proxy
// with TLS, and every access is with the lake's own tokens, each for one file.

const namespace = `leman-xrt-${process.pid}`;
const [port, proxyPort] = [11081, 11443];
const issuer = `https://localhost:${proxyPort}`;
const address = `davs://localhost:${port}/lake/`;
let home: string;
let lake: Lake;
let proxy: ChildProcess | undefined;
let server: XrootdServer;

before(async () => {
  assert.ok(which('xrootd'), 'XRootD is missing: apt-get install xrootd-server xrootd-scitokens-plugins');
  assert.equal(process.getuid?.(), 0, 'A network namespace needs root.');
  assert.equal((await run('ip', ['netns', 'add', namespace])).code, 0);
  await run('ip', ['netns', 'exec', namespace, 'ip', 'link', 'set', 'lo', 'up']);
  home = await mkdtemp(join(tmpdir(), 'leman-lake-'));
  await writeFile(join(home, 'leman.yaml'), `issuer: ${issuer}\nruleDeletionDelay: 0\n`);
  lake = await startLake({ words: ['--empty'], namespace, home });
  const program = fileURLToPath(new URL('./tls-proxy.ts', import.meta.url));
  proxy = spawn(
    'ip',
    ['netns', 'exec', namespace, process.execPath, program, home, String(proxyPort), lake.ready.url],
    { stdio: 'ignore' },
  );
  await eventually('the proxy answers', async () => {
    const asked = await run('curl', ['-sfk', `${issuer}/.well-known/openid-configuration`], { namespace });
    return asked.code === 0 && JSON.parse(asked.stdout).issuer === issuer;
  });
  server = await startXrootd({
    namespace,
    port,
    lakeHome: home,
    scitokens: `[Global]
audience = https://localhost:${port}

[Issuer lake]
issuer = ${issuer}
base_path = /
map_subject = False
default_user = xrootd
`,
  });
});
after(async () => {
  await lake?.stop();
  await server?.stop();
  proxy?.kill('SIGTERM');
  await run('ip', ['netns', 'del', namespace]);
  await rm(home, { recursive: true, force: true });
});

const well = async (...words: string[]): Promise<Result> => {
  const result = await lake.leman(...words);
  assert.equal(result.code, 0, `leman ${words.join(' ')}: ${result.stdout}${result.stderr}`);
  return result;
};
const files = async (): Promise<string[]> =>
  (await readdir(server.data, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

test('XRootD that trusts the lake joins, and everything works', async () => {
  const { stdout } = await well('rse', 'connect', 'XRD-DISK', address, '--site', 'DELTA');
  assert.doesNotMatch(stdout, /[✗!] /);
  for (const check of ['Token', 'Write', 'Read', 'Copy from', 'Copy to', 'Signed address', 'Delete'])
    assert.match(stdout, new RegExp(`✓ ${check}`));
  assert.deepEqual(await files(), []);
});

test('a rule brings a file there, it comes back, and the lake deletes it when nobody wants it', async () => {
  await writeFile(join(home, 'notes.dat'), 'from here to there and back');
  await well('scope', 'add', 'join');
  await well('upload', join(home, 'notes.dat'), '--rse', 'ALPHA-DISK', '--scope', 'join');
  const { stdout } = await well('rule', 'add', 'join:notes.dat', '--rse', 'XRD-DISK', '--wait', '--json');
  assert.deepEqual(await files(), ['notes.dat']);
  await well('download', 'join:notes.dat', '--rse', 'XRD-DISK', '--dir', join(home, 'got'));
  await well('rule', 'add', 'join:notes.dat', '--rse', 'BETA-DISK', '--source', 'XRD-DISK', '--wait');
  await well('rse', 'set', 'XRD-DISK', 'greedyDeletion=true');
  await well('rule', 'rm', (JSON.parse(stdout) as { rule: string }).rule);
  await eventually('the copy is deleted', async () => (await files()).length === 0);
});
