import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createClient } from '@leman/client';
import { documents, leman, type Result, startUp, type Up } from '../testing/run-leman.ts';

let home: string;
let work: string;
let up: Up;
const contents = new Map<string, Buffer>();
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'leman-trip-'));
  work = await mkdtemp(join(tmpdir(), 'leman-work-'));
  up = await startUp(home);
  await mkdir(join(work, 'data', 'deep'), { recursive: true });
  for (const [name, bytes] of [
    ['a.bin', 300_000],
    ['deep/b.bin', 1_500_000],
    ['deep/empty', 0],
  ] as const) {
    contents.set(name, randomBytes(bytes));
    await writeFile(join(work, 'data', name), contents.get(name)!);
  }
});
after(async () => {
  await up?.end('SIGINT');
  await rm(home, { recursive: true, force: true });
  await rm(work, { recursive: true, force: true });
});

const run = (...words: string[]): Promise<Result> => leman([...words, '--home', home]);
const json = async <T>(...words: string[]): Promise<T[]> => {
  const { code, stdout, stderr } = await run(...words, '--json');
  assert.equal(code, 0, `leman ${words.join(' ')}: ${stderr}`);
  return documents<T>(stdout);
};
interface Moved {
  name: string;
  status: string;
  path: string;
}

test('the samples are there, with bytes at ALPHA-DISK', async () => {
  assert.deepEqual(up.ready.notes, []);
  const copies = await json<{ name: string; states: Record<string, string> }>(
    'replica',
    'list',
    'sky:survey',
  );
  assert.equal(copies.length, 20);
  assert.ok(copies.every(({ states }) => states['ALPHA-DISK'] === 'AVAILABLE'));
});

test('a folder goes up, and a second time nothing is left to do', async () => {
  const words = ['upload', join(work, 'data'), '--rse', 'ALPHA-DISK', '--dataset', 'user.root:trip'];
  const first = await json<Moved>(...words);
  assert.deepEqual(first.map(({ name }) => name).sort(), [
    'data/a.bin',
    'data/deep/b.bin',
    'data/deep/empty',
  ]);
  assert.ok(first.every(({ status }) => status === 'uploaded'));
  const second = await json<Moved>(...words);
  assert.ok(second.every(({ status }) => status === 'present'));
});

test('a folder goes up under the names of its files alone', async () => {
  const words = ['--rse', 'ALPHA-DISK', '--name-prefix', 'flat.', '--flat'];
  const moved = await json<Moved>('upload', join(work, 'data'), ...words);
  assert.deepEqual(moved.map(({ name }) => name).sort(), ['flat.a.bin', 'flat.b.bin', 'flat.empty']);
});

test('of two files that would have one name the first goes up, the other is told', async () => {
  for (const folder of ['one', 'two']) {
    await mkdir(join(work, 'twice', folder), { recursive: true });
    await writeFile(join(work, 'twice', folder, 'same.bin'), `content of ${folder}`);
  }
  const words = ['upload', join(work, 'twice'), '--rse', 'ALPHA-DISK', '--flat'];
  const { code, stdout, stderr } = await run(...words, '--json');
  assert.equal(code, 6);
  assert.match(stderr, /a file before it in this upload has this name/);
  assert.deepEqual(
    documents<Moved>(stdout)
      .map(({ status }) => status)
      .sort(),
    ['failed', 'uploaded'],
  );
});

test('another file under a name that is taken is refused, the rest goes up', async () => {
  await mkdir(join(work, 'other', 'data'), { recursive: true });
  await writeFile(join(work, 'other', 'data', 'a.bin'), 'something else');
  await writeFile(join(work, 'other', 'data', 'new.bin'), 'new');
  const { code, stdout, stderr } = await run(
    'upload',
    join(work, 'other', 'data'),
    '--rse',
    'BETA-DISK',
    '--json',
  );
  assert.equal(code, 6);
  assert.match(stderr, /another file has this name/);
  const outcomes = new Map(documents<Moved>(stdout).map(({ name, status }) => [name, status]));
  assert.deepEqual(Object.fromEntries(outcomes), { 'data/a.bin': 'failed', 'data/new.bin': 'uploaded' });
});

test('what was declared bad is available after an upload that found or brought good bytes', async () => {
  const folder = join(work, 'late');
  /** Other bytes, without a trace in size and time: the checksum that the storage keeps stays the old one. */
  const damage = async (name: string) => {
    const root = join(home, 'storages', 'ALPHA-DISK', 'files');
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const { parentPath } = entries.find((entry) => entry.name === name)!;
    const path = join(parentPath, name);
    const { atime, mtime } = await stat(path);
    await writeFile(path, `BYTES of ${name}`);
    await utimes(path, atime, mtime);
  };
  await mkdir(folder);
  for (const name of ['cut', 'rotten']) await writeFile(join(folder, name), `bytes of ${name}`);
  const words = ['upload', folder, '--rse', 'ALPHA-DISK', '--flat'];
  await json<Moved>(...words);
  const states = async () => {
    const rows = await json<{ states: Record<string, string> }>(
      ...['replica', 'list', '--all-states', 'user.root:cut', 'user.root:rotten'],
    );
    return rows.map((row) => row.states['ALPHA-DISK']);
  };
  await json('replica', 'bad', 'user.root:cut', 'user.root:rotten', '--rse', 'ALPHA-DISK', '--reason', 'rot');
  assert.ok((await states()).every((state) => state !== 'AVAILABLE'));
  await damage('rotten');
  const { code, stdout } = await run(...words, '--json');
  assert.equal(code, 6);
  const outcomes = documents<Moved>(stdout).map(({ name, status }) => [name, status]);
  assert.deepEqual(Object.fromEntries(outcomes), { cut: 'uploaded', rotten: 'failed' });
  const [cut, rotten] = await states();
  assert.equal(cut, 'AVAILABLE');
  assert.notEqual(rotten, 'AVAILABLE');
});

test('a rule makes a second copy, and explains itself', async () => {
  const [made] = await json<{ rule: string; state: string }>(
    'rule',
    'add',
    'user.root:trip',
    '--rse',
    'site=BETA',
    '--wait',
  );
  assert.equal(made?.state, 'OK');
  const why = await run('rule', 'explain', made!.rule);
  assert.equal(why.code, 0, why.stderr);
  assert.match(why.stdout, /All 3 copies are there/);
  const [replica] = await json<{ rse: string; available_length: number }>(
    'dataset',
    'replicas',
    'user.root:trip',
  ).then((all) => all.filter(({ rse }) => rse === 'BETA-DISK'));
  assert.equal(replica?.available_length, 3);
});

test('a dataset comes down as it went up; a second time nothing is left to do', async () => {
  const words = ['download', 'user.root:trip', '--dir', join(work, 'got'), '--rse', 'BETA-DISK'];
  const first = await json<Moved>(...words);
  assert.ok(first.every(({ status }) => status === 'downloaded'));
  for (const [name, bytes] of contents) {
    assert.deepEqual(await readFile(join(work, 'got', 'trip', 'data', name)), bytes, name);
  }
  const second = await json<Moved>(...words);
  assert.ok(second.every(({ status }) => status === 'present'));
});

test('a copy that is damaged at its storage is not taken; the next one is', async () => {
  const [copy] = await json<{ pfns: Record<string, { rse: string }> }>(
    'replica',
    'list',
    'user.root:data/a.bin',
    '--rse',
    'ALPHA-DISK',
  );
  const path = new URL(Object.keys(copy!.pfns)[0]!).pathname;
  await truncate(join(home, 'storages', 'ALPHA-DISK', 'files', path), 1000);
  const [got] = await json<Moved & { rse: string }>(
    'download',
    'user.root:data/a.bin',
    '--dir',
    join(work, 'again'),
  );
  assert.equal(got?.status, 'downloaded');
  assert.equal(got.rse, 'BETA-DISK');
  assert.deepEqual(await readFile(got.path), contents.get('a.bin'));
  const only = await run(
    'download',
    'user.root:data/a.bin',
    '--dir',
    join(work, 'bad'),
    '--rse',
    'ALPHA-DISK',
  );
  assert.equal(only.code, 1);
  assert.match(only.stderr, /could not be downloaded from ALPHA-DISK/);
  assert.deepEqual(await readdir(join(work, 'bad', 'data')), []);
});

test('a person logs in, works, and logs out', async () => {
  const environment = { XDG_CONFIG_HOME: join(work, 'config'), LEMAN_PASSWORD: 'a good password' };
  assert.equal((await leman(['account', 'add', 'grace', '--home', home])).code, 0);
  const set = await leman(['account', 'password', 'grace', '--home', home], environment);
  assert.equal(set.code, 0, set.stderr);
  const login = await leman(['login', up.ready.url, '--username', 'grace', '--ca', up.ready.ca], environment);
  assert.equal(login.code, 0, login.stderr);
  const who = await leman(['whoami', '--json'], environment);
  assert.equal(documents<{ account: string }>(who.stdout)[0]?.account, 'grace');
  const refused = await leman(['account', 'add', 'mallory'], environment);
  assert.equal(refused.code, 4);
  const file = join(work, 'config', 'leman', 'session');
  const kept = await readFile(file, 'utf8');
  assert.equal((await leman(['logout'], environment)).code, 0);
  assert.equal((await leman(['whoami'], environment)).code, 4);
  // A copy of the file that somebody else took is of no use.
  await writeFile(file, kept);
  const copied = await leman(['whoami'], environment);
  assert.deepEqual([copied.code, /CannotAuthenticate|token/.test(copied.stderr)], [4, true], copied.stderr);
  assert.equal((await leman(['logout'], environment)).code, 0, 'what had ended already is no failure');
  await writeFile(file, JSON.stringify({ ...JSON.parse(kept), url: 'http://127.0.0.1:1' }));
  const away = await leman(['logout'], environment);
  assert.equal(away.code, 6);
  assert.match(away.stderr, /forgotten here, but its token works at http:\/\/127\.0\.0\.1:1 until /);
  assert.equal((await leman(['whoami'], environment)).code, 4);
  assert.equal((await leman(['logout'], environment)).code, 0, 'nothing to end is no failure');
});

test('every list answers, as a table and as JSON', async () => {
  const lists = [
    ['ls'],
    ['ls', 'sky'],
    ['ls', 'sky:survey'],
    ['ls', 'sky:survey.*', '--type', 'dataset'],
    ['did', 'show', 'sky:survey.night1'],
    ['did', 'meta', 'sky:survey.night1'],
    ['did', 'files', 'sky:survey.night1'],
    ['did', 'parents', 'sky:survey.night1'],
    ['rule', 'list'],
    ['rule', 'list', 'sky:survey'],
    ['rse', 'list', 'site=ALPHA'],
    ['account', 'list'],
    ['account', 'show', 'ada'],
    ['scope', 'list'],
    ['transfers'],
    ['status'],
    ['events'],
    ['config'],
  ];
  for (const words of lists) {
    const people = await run(...words);
    assert.equal(people.code, 0, `leman ${words.join(' ')}: ${people.stderr}`);
    assert.notEqual(people.stdout, '', words.join(' '));
    await json(...words);
  }
});

test('ls counts files and bytes below datasets and containers, also where nothing has a copy', async () => {
  type Row = { name: string; type: string; length?: number | null; bytes?: number | null };
  const below = await json<Row>('ls', 'sky:survey');
  assert.ok(below.length > 0 && below.every(({ length, bytes }) => (length ?? 0) > 0 && (bytes ?? 0) > 0));
  const sum = (key: 'length' | 'bytes') => below.reduce((total, row) => total + (row[key] ?? 0), 0);
  const find = async (words: string[], name: string) =>
    (await json<Row>('ls', ...words)).find((row) => row.name === name);
  for (const words of [['sky'], ['sky:surve*'], ['sky:*', '--type', 'container']]) {
    const survey = await find(words, 'survey');
    assert.deepEqual(
      [survey?.type, survey?.length, survey?.bytes],
      ['CONTAINER', sum('length'), sum('bytes')],
    );
  }
  assert.equal((await run('dataset', 'add', 'sky:nothing.yet')).code, 0);
  const bare = await find(['sky'], 'nothing.yet');
  assert.deepEqual([bare?.length, bare?.bytes], [0, 0]);
});

test('ls counts only the first hundred collections that have to be counted alone, and says so', async () => {
  const admin = JSON.parse(await readFile(join(home, 'admin.json'), 'utf8')) as {
    url: string;
    username: string;
    password: string;
  };
  const client = createClient({ url: admin.url, login: admin });
  const names = Array.from({ length: 103 }, (_, number) => `many.${String(number).padStart(3, '0')}`);
  for (const name of names) await client.dids.add({ scope: 'sky', name }, 'CONTAINER');
  const rows = await json<{ length: number | null }>('ls', 'sky:many.*');
  assert.deepEqual([rows.length, rows.filter(({ length }) => length === 0).length], [103, 100]);
  assert.match((await run('ls', 'sky:many.*')).stdout, /Only the first 100 collections were counted/);
  assert.doesNotMatch((await run('ls', 'sky:many.0*')).stdout, /Only the first/);
});

test('what is wrong is said in one sentence, with its exit code', async () => {
  const wrong: [string[], number, RegExp][] = [
    [['did', 'show', 'sky:nothing'], 3, /not found/i],
    [['did', 'show', 'nothing'], 2, /Write SCOPE:NAME/],
    [['rule', 'add', 'sky:survey', '--rse', 'NO-SUCH-RSE'], 1, /./],
    [['rule', 'add', 'sky:survey', '--rse', 'BETA-DISK', '--lifetime', 'soon'], 2, /span like 90s/],
    [['rule', 'add', 'sky:survey', '--rse', 'BETA-DISK', '--copies', '0'], 2, /1 or more/],
    [['upload', join(work, 'data'), '--rse', 'NO-SUCH-RSE'], 3, /./],
    [['upload', join(work, 'data')], 2, /Say where to upload to/],
    [['upload', join(work, 'nowhere'), '--rse', 'ALPHA-DISK'], 3, /is not there/],
    [['unknown'], 2, /unknown command/],
  ];
  for (const [words, code, pattern] of wrong) {
    const result = await run(...words);
    assert.equal(result.code, code, `leman ${words.join(' ')}: ${result.stderr}`);
    assert.match(result.stderr, pattern);
    assert.doesNotMatch(result.stderr, /^\s+at /m);
  }
});

test('the doctor advises what fits: a door that speaks no TLS, and one where nothing listens', async () => {
  const { port } = new URL(up.ready.url);
  const doors = { ODD: `https://localhost:${port}/x`, DEAD: 'https://localhost:9/x' };
  for (const [rse, url] of Object.entries(doors)) {
    for (const words of [
      ['rse', 'add', rse],
      ['rse', 'protocol', rse, 'add', url],
    ])
      assert.equal((await run(...words)).code, 0, words.join(' '));
  }
  const { code, stdout } = await run('doctor');
  assert.equal(code, 1);
  const said = (rse: string) => stdout.slice(stdout.indexOf(`Storage ${rse}`)).split('Storage ')[1];
  assert.match(said('ODD')!, /certificate cannot be verified/);
  assert.match(said('DEAD')!, /Start it: leman up/);
  for (const rse of Object.keys(doors)) assert.equal((await run('rse', 'rm', rse)).code, 0);
});

test('a storage that closed itself is said, with the command that opens it', async () => {
  const ok = async (...words: string[]) => {
    const done = await run(...words);
    assert.equal(done.code, 0, `leman ${words.join(' ')}: ${done.stderr}`);
    return done.stdout;
  };
  const copies = await json<{ name: string; scope: string }>('replica', 'list', 'sky:survey');
  await ok('rse', 'set', 'ALPHA-DISK', 'maxBadShare=0');
  await ok('replica', 'bad', `sky:${copies[0]!.name}`, '--rse', 'ALPHA-DISK', '--reason', 'rot');
  const sentence = /ALPHA-DISK closed itself for writing and deletion: \d+ of its \d+ copies/;
  // The lake remembers its status for a moment.
  while (!sentence.test((await run('status')).stdout));
  const ill = await run('doctor');
  assert.equal(ill.code, 1);
  assert.match(ill.stdout, sentence);
  assert.match(ill.stdout, /leman rse open ALPHA-DISK write delete/);
  await ok('rse', 'open', 'ALPHA-DISK', 'write', 'delete');
  while (sentence.test((await run('status')).stdout));
  assert.doesNotMatch((await run('doctor')).stdout, /closed itself/);
});
