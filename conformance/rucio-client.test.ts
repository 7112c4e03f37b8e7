import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { environmentOf, eventually, type Lake, type Result, run, startLake, which } from './lake.ts';

// The unmodified client of the field, from PyPI, on one lake from the first ping to the reaped copy.

const program = process.env.LEMAN_RUCIO ?? which('rucio') ?? '';
let lake: Lake;
let work: string;

/** Runs `rucio ...`; its exit status cannot be trusted, so callers also look at what it printed. */
const rucio = (...words: string[]): Promise<Result> =>
  run(program, words, { env: environmentOf(lake), cwd: work });
const good = async (...words: string[]): Promise<string> => {
  const result = await rucio(...words);
  assert.equal(result.code, 0, `rucio ${words.join(' ')}\n${result.stdout}\n${result.stderr}`);
  assert.doesNotMatch(
    result.stdout + result.stderr,
    /\tERROR\t|Traceback/,
    `rucio ${words.join(' ')}\n${result.stderr}`,
  );
  return result.stdout + result.stderr;
};

before(async () => {
  assert.ok(
    existsSync(program),
    'The rucio client is missing: pip install rucio-clients, or set LEMAN_RUCIO to its path.',
  );
  lake = await startLake({ words: ['--empty'] });
  work = await mkdtemp(join(tmpdir(), 'leman-rucio-'));
});
after(async () => {
  await lake?.stop();
  await rm(work, { recursive: true, force: true });
});

const [here, there] = ['ALPHA-DISK', 'BETA-DISK'];
const bytes = randomBytes(300_000);

test('ping and whoami', async () => {
  assert.match(await good('ping'), /\d+\.\d+/);
  assert.match(await good('whoami'), /account\s*:\s*root/);
});

test('account, scope, RSE with attribute, protocol and distance', async () => {
  await good('account', 'add', 'jdoe', 'USER', '--email', 'jdoe@example.org');
  await good('scope', 'add', 'physics', '--account', 'root');
  assert.match(await good('scope', 'list'), /physics/);
  await good('rse', 'add', 'EXTRA-DISK');
  await good('rse', 'attribute', 'set', 'EXTRA-DISK', '--key', 'tier', '--value', '2');
  assert.match(await good('rse', 'attribute', 'list', 'EXTRA-DISK'), /tier/);
  const domains = {
    wan: { read: 1, write: 1, delete: 1, third_party_copy_read: 1, third_party_copy_write: 1 },
  };
  await good(
    ...['rse', 'protocol', 'add', 'EXTRA-DISK', '--hostname', 'extra.example.org', '--scheme', 'davs'],
    ...[
      '--prefix',
      '/data/',
      '--port',
      '443',
      '--impl',
      'rucio.rse.protocols.webdav.Default',
      '--domain-json',
      JSON.stringify(domains),
    ],
  );
  assert.match(await good('rse', 'show', 'EXTRA-DISK'), /extra\.example\.org/);
  await good('rse', 'distance', 'set', here!, 'EXTRA-DISK', '--distance', '3');
  assert.match(await good('rse', 'distance', 'show', here!, 'EXTRA-DISK'), /3/);
});

test('upload, dataset, container, attach', async () => {
  await mkdir(join(work, 'run'), { recursive: true });
  for (const name of ['one.dat', 'two.dat']) {
    await writeFile(join(work, 'run', name), name === 'one.dat' ? bytes : randomBytes(1000));
    const said = await good('upload', '--rse', here!, '--scope', 'physics', join('run', name));
    assert.match(said, /Successfully uploaded file/);
  }
  await good('did', 'add', '--type', 'dataset', 'physics:run1');
  await good('did', 'content', 'add', '--to-did', 'physics:run1', 'physics:one.dat', 'physics:two.dat');
  await good('did', 'add', '--type', 'container', 'physics:all');
  await good('did', 'content', 'add', '--to-did', 'physics:all', 'physics:run1');
  assert.match(await good('did', 'content', 'list', 'physics:all'), /physics:run1/);
});

let rule: string;

test('a rule with two copies becomes OK and both copies are listed', async () => {
  rule = (await good('rule', 'add', 'physics:run1', '--copies', '2', '--rses', `${here}|${there}`)).match(
    /[0-9a-f]{32}/,
  )![0];
  const said = await eventually('rule OK', async () => {
    const shown = await good('rule', 'show', rule);
    return /State:\s+OK/.test(shown) && shown;
  });
  assert.match(said, /Locks OK\/REPLICATING\/STUCK:\s+4\/0\/0/);
  const listed = await good('replica', 'list', 'file', 'physics:run1');
  for (const rse of [here!, there!]) assert.match(listed, new RegExp(rse));
});

test('download from the second storage and compare', async () => {
  const said = await good('download', '--dir', 'got', '--rses', there!, 'physics:one.dat');
  assert.match(said, /downloaded:?\s*1|Total files.*1/i);
  assert.deepEqual(await readFile(join(work, 'got', 'physics', 'one.dat')), bytes);
});

test('after the rule ends the copy is reaped and the other one stays', async () => {
  const before = await lake.api('GET', `/dids/physics/one.dat/rules`);
  for (const line of before.text.trim().split('\n').filter(Boolean)) {
    const { id } = JSON.parse(line) as { id: string };
    if (id !== rule) await lake.api('PUT', `/rules/${id}`, { options: { lifetime: null } });
  }
  // Other storages keep what nobody wants as a cache until they need the room.
  await lake.api('POST', `/rses/${there}/attr/greedyDeletion`, { value: true });
  await good('rule', 'remove', rule);
  await good('rule', 'add', 'physics:run1', '--copies', '1', '--rses', here!);
  // The deletion of a rule waits an hour in the field; a rule manager may shorten it.
  await lake.api('PUT', `/rules/${rule}`, { options: { lifetime: 0 } });
  await eventually('copy reaped', async () => {
    const listed = await lake.api('POST', '/replicas/list', {
      dids: [{ scope: 'physics', name: 'one.dat' }],
      all_states: true,
    });
    return !listed.text.includes(there!);
  });
  const storage = lake.ready.storages.find((entry) => entry.rse === there)!;
  assert.ok(storage);
  const still = await good('download', '--dir', 'again', 'physics:one.dat');
  assert.ok(still);
  assert.deepEqual(await readFile(join(work, 'again', 'physics', 'one.dat')), bytes);
});
