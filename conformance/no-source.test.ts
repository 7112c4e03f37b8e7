import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { eventually, type Lake, startLake } from './lake.ts';

// 1,001 requests without a source do not delay the 1,002nd, on a whole lake.

const COUNT = 1001;
let lake: Lake;
let work: string;

before(async () => {
  lake = await startLake({ words: ['--empty'] });
  work = await mkdtemp(join(tmpdir(), 'leman-no-source-'));
});
after(async () => {
  await lake?.stop();
  await rm(work, { recursive: true, force: true });
});

const call = async (method: string, path: string, body?: unknown) => {
  const answer = await lake.api(method, path, body);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer;
};
const rule = async (name: string): Promise<string> =>
  (
    await call('POST', '/rules/', {
      dids: [{ scope: 'lost', name }],
      account: 'root',
      copies: 1,
      rse_expression: 'BETA-DISK',
    })
  ).json<string[]>()[0]!;
const stateOf = async (id: string) =>
  (await call('GET', `/rules/${id}`)).json<{ state: string; locks_ok_cnt: number }>();

test('the one with a source arrives, the others say why they wait', async () => {
  await call('POST', '/accounts/root/scopes/lost');
  await call('POST', '/rses/DARK-DISK', { deterministic: true });
  await call('POST', '/rses/DARK-DISK/protocols/davs', {
    hostname: 'dark.example.org',
    port: 443,
    prefix: '/lake/',
    impl: 'rucio.rse.protocols.webdav.Default',
    domains: { wan: { read: 1, write: 1, delete: 1, third_party_copy_read: 1, third_party_copy_write: 1 } },
  });
  await call('POST', '/rses/DARK-DISK/distances/BETA-DISK', { distance: 1 });
  await call('POST', '/dids/lost/many', { type: 'DATASET' });
  const files = Array.from({ length: COUNT }, (_, i) => ({
    scope: 'lost',
    name: `f${i}`,
    bytes: 10,
    adler32: '00000001',
  }));
  for (let at = 0; at < COUNT; at += 1000) {
    const some = files.slice(at, at + 1000);
    await call('POST', '/replicas', { rse: 'DARK-DISK', files: some });
    await call('POST', '/dids/attachments', { attachments: [{ scope: 'lost', name: 'many', dids: some }] });
  }
  await call('PUT', '/rses/DARK-DISK', { availability_read: false });
  const waiting = await rule('many');

  await writeFile(join(work, 'good'), randomBytes(1000));
  const uploaded = await lake.leman('upload', '--rse', 'ALPHA-DISK', '--scope', 'lost', join(work, 'good'));
  assert.equal(uploaded.code, 0, uploaded.stderr);
  const good = await rule('good');
  await eventually('the 1,002nd', async () => (await stateOf(good)).state === 'OK', 20_000);

  assert.equal((await stateOf(waiting)).locks_ok_cnt, 0);
  const why = await eventually('all say why', async () => {
    const { causes } = (await call('GET', `/rules/${waiting}/explain`)).json<{
      causes: { reason: string; files: number; say: string }[];
    }>();
    return causes.length === 1 && causes[0]!.files === COUNT && causes[0];
  });
  assert.match(why.reason, /NO_SOURCES|SOURCE_UNAVAILABLE/);
  assert.match(why.say, /DARK-DISK/);
});
