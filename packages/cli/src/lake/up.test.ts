import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@leman/client';
import { isAlive } from '@leman/foundation';
import { leman, startUp, type Up } from '../testing/run-leman.ts';
import type { AdminCredentials } from './credentials.ts';

let home: string;
let up: Up;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'leman-up-'));
  up = await startUp(home, ['up', '--empty']);
});
after(async () => {
  await up?.end('SIGINT');
  await rm(home, { recursive: true, force: true });
});

const admin = async () => JSON.parse(await readFile(up.ready.credentials, 'utf8')) as AdminCredentials;
const databasePid = async () =>
  Number((await readFile(join(home, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);
const works = async () => {
  const login = await admin();
  const account = await createClient({ url: login.url, login }).accounts.whoami();
  assert.equal(account.account, 'root');
};
const eventually = async (what: string, look: () => Promise<boolean>) => {
  for (let tries = 0; tries < 200; tries++) {
    if (await look().catch(() => false)) return;
    await sleep(100);
  }
  assert.fail(`${what}: not within 20 s`);
};

test('the line of JSON tells every address, and the credentials work', async () => {
  const { ready } = up;
  assert.equal(ready.home, home);
  assert.deepEqual(
    ready.storages.map(({ rse }) => rse),
    ['ALPHA-DISK', 'ALPHA-FAST', 'BETA-DISK', 'GAMMA-SLOW'],
  );
  assert.deepEqual(ready.notes, []);
  assert.ok(isAlive(ready.pid));
  await works();
});

test('credentials are for their owner only, and rucio.cfg is what the clients of the field read', async () => {
  for (const file of [up.ready.credentials, up.ready.rucio_config]) {
    assert.equal((await stat(file)).mode & 0o777, 0o600, file);
  }
  const login = await admin();
  const config = await readFile(up.ready.rucio_config, 'utf8');
  const value = (key: string) => new RegExp(`^${key} = (.*)$`, 'm').exec(config)?.[1];
  assert.equal(value('rucio_host'), up.ready.url);
  assert.equal(value('auth_host'), up.ready.url);
  assert.equal(value('auth_type'), 'userpass');
  assert.equal(value('username'), login.username);
  assert.equal(value('password'), login.password);
  assert.equal(value('account'), 'root');
  assert.equal(value('ca_cert'), up.ready.ca);
  assert.ok(existsSync(up.ready.ca));
});

test('a second start in the same home tells of the first and ends', async () => {
  const second = await leman(['up', '--home', home, '--port', '0']);
  assert.equal(second.code, 7);
  assert.match(second.stderr, new RegExp(`already runs .*process ${up.ready.pid}, ${up.ready.url}`));
  await works();
});

test('the storages are known to the catalogue', async () => {
  const shown = await leman(['rse', 'show', 'GAMMA-SLOW', '--home', home, '--json']);
  assert.equal(shown.code, 0, shown.stderr);
  const rse = JSON.parse(shown.stdout) as {
    attributes: Record<string, unknown>;
    protocols: { port: number }[];
  };
  assert.equal(rse.attributes.site, 'GAMMA');
  assert.equal(rse.attributes.QOS, 'OPPORTUNISTIC');
  const address = up.ready.storages.find(({ rse: name }) => name === 'GAMMA-SLOW')!.url;
  assert.equal(String(rse.protocols[0]?.port), new URL(address).port);
  const login = await admin();
  const client = createClient({ url: login.url, login });
  const distance = async (from: string, to: string) => (await client.rses.distance(from, to))[0]!.distance;
  assert.ok((await distance('ALPHA-DISK', 'ALPHA-FAST')) < (await distance('ALPHA-DISK', 'GAMMA-SLOW')));
});

test('everything is well, says the doctor', async () => {
  const { code, stdout, stderr } = await leman(['doctor', '--home', home]);
  assert.equal(code, 0, stdout + stderr);
});

test('a database killed again and again in the middle of work comes back by itself', async () => {
  const login = await admin();
  const client = createClient({ url: login.url, login });
  for (let round = 0; round < 3; round++) {
    const killed = await databasePid();
    const asked = Array.from({ length: 20 }, () => client.accounts.whoami());
    process.kill(killed, 'SIGKILL');
    await Promise.allSettled(asked);
    await eventually('database back', async () => {
      if ((await databasePid()) === killed) return false;
      await works();
      return true;
    });
  }
  assert.ok(isAlive(up.ready.pid));
});

test('kill -9, and the next start goes on: same addresses, same data', async () => {
  const { ready } = up;
  const login = await admin();
  await createClient({ url: login.url, login }).scopes.add('root', 'kept');
  assert.equal(await up.end('SIGKILL'), 'SIGKILL');
  up = await startUp(home, ['up', '--empty']);
  assert.equal(up.ready.url, ready.url);
  assert.deepEqual(up.ready.storages, ready.storages);
  const client = createClient({ url: up.ready.url, login });
  assert.ok((await client.scopes.list()).includes('kept'));
});

test('Ctrl-C ends everything, and nothing is left running', async () => {
  const database = await databasePid();
  assert.equal(await up.end('SIGINT'), 0);
  assert.equal(isAlive(database), false);
  assert.equal(existsSync(join(home, 'run', 'api.json')), false);
  await assert.rejects(fetch(up.ready.url));
});

test('a start that fails says why and ends, with nothing left running', async () => {
  const other = await mkdtemp(join(tmpdir(), 'leman-up-'));
  try {
    const { code, stderr } = await leman(['up', '--home', other, '--port', '1', '--host', '192.0.2.1']);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /Port 1 of 192\.0\.2\.1/);
    const broken = await leman(['up', '--home', other, '--port', '0'], {
      DATABASE_URL: 'postgres://127.0.0.1:1/none',
    });
    assert.equal(broken.code, 2, broken.stderr);
    assert.match(broken.stderr, /database of DATABASE_URL does not answer/);
  } finally {
    await rm(other, { recursive: true, force: true });
  }
});
