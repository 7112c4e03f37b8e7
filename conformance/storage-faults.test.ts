import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { RuleExplanation } from '@leman/contracts';
import { eventually, run } from './lake.ts';
import { type LakeInParts, startLakeInParts } from './lake-in-parts.ts';

// What storages do to a lake: full, dead, without the file, with other bytes. Each time the rule says why it waits, and
// goes on by itself when the cause is gone.

const storages = [
  { rse: 'NEAR', site: 'ONE' },
  { rse: 'FAR', site: 'TWO' },
  { rse: 'SMALL', site: 'THREE', greedyDeletion: true, capacity: 100_000 },
  { rse: 'TINY', site: 'THREE' },
  { rse: 'SLOW', site: 'FOUR', bytesPerSecond: 1_000_000 },
];

describe('faults of storages', { timeout: 110_000 }, () => {
  let lake: LakeInParts;
  let work: string;

  before(async () => {
    lake = await startLakeInParts({
      config: { storages },
      parts: {
        database: 'database',
        lake: 'api,daemons,transfer',
        near: 'storage:NEAR',
        far: 'storage:FAR',
        small: 'storage:SMALL',
        tiny: 'storage:TINY',
        slow: 'storage:SLOW',
      },
    });
    work = await mkdtemp(join(tmpdir(), 'leman-files-'));
    await lake.api('POST', '/accounts/root/scopes/faults');
    // Seconds, where the field waits minutes.
    await lake.api('PUT', '/config/conveyor/retry_delay/1');
    for (const [from, to, distance] of [
      ['NEAR', 'FAR', 1],
      ['NEAR', 'SMALL', 1],
      ['FAR', 'SMALL', 9],
    ] as const) {
      const answer = await lake.api('PUT', `/rses/${from}/distances/${to}`, { distance });
      assert.equal(answer.status, 200, answer.text);
    }
  });
  after(async () => {
    await lake?.stop();
    await rm(work, { recursive: true, force: true });
  });

  const pathOf = (rse: string, name: string): string => {
    const root = join(lake.home, 'storages', rse, 'files');
    const found = readdirSync(root, { recursive: true, encoding: 'utf8' }).find((path) =>
      path.endsWith(`/${name}`),
    );
    assert.ok(found, `${name} at ${rse}`);
    return join(root, found);
  };
  const upload = async (name: string, bytes: number, rse: string) => {
    await writeFile(join(work, name), randomBytes(bytes));
    return lake.leman('upload', '--rse', rse, '--scope', 'faults', join(work, name));
  };
  const copyTo = async (name: string, rse: string): Promise<string> => {
    const wish = { dids: [{ scope: 'faults', name }], account: 'root', copies: 1, rse_expression: rse };
    const posted = await lake.api('POST', '/rules/', wish);
    assert.equal(posted.status, 201, posted.text);
    return (JSON.parse(posted.text) as string[])[0]!;
  };
  const explain = async (rule: string): Promise<RuleExplanation> =>
    JSON.parse((await lake.api('GET', `/rules/${rule}/explain`)).text) as RuleExplanation;
  const waitsFor = (rule: string, reason: RegExp) =>
    eventually(`${rule} says ${reason}`, async () => {
      const { causes } = await explain(rule);
      return causes.find((cause) => reason.test(`${cause.reason} ${JSON.stringify(cause)}`));
    });
  const isOk = (rule: string) =>
    eventually(`${rule} is OK`, async () => (await explain(rule)).state === 'OK').catch(
      async (error: Error) => {
        throw new Error(`${error.message}: ${JSON.stringify(await explain(rule))}`);
      },
    );

  test('an upload that does not fit is refused in words and leaves nothing', async () => {
    const refused = await upload('large', 200_000, 'SMALL');
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr + refused.stdout, /full/);
    assert.doesNotMatch((await lake.api('GET', '/replicas/faults/large')).text, /SMALL/);
    assert.deepEqual(filesBelow(join(lake.home, 'storages', 'SMALL', 'files')), []);
  });

  test('a full destination is the reason, and the rule goes on when there is room', async () => {
    assert.equal((await upload('filler', 90_000, 'SMALL')).code, 0);
    assert.equal((await upload('wanted', 50_000, 'NEAR')).code, 0);
    const rule = await copyTo('wanted', 'SMALL');
    await waitsFor(rule, /^DESTINATION_FULL|"DESTINATION_FULL|is full/);
    for (const line of (await lake.api('GET', '/dids/faults/filler/rules')).text.trim().split('\n')) {
      const { id } = JSON.parse(line) as { id: string };
      await lake.api('PUT', `/rules/${id}`, { options: { lifetime: -1 } });
    }
    await isOk(rule);
  });

  test('a disk without room: uploads and copies say so and leave nothing; with room the rule goes on', async () => {
    const files = join(lake.home, 'storages', 'TINY', 'files');
    await lake.kill('tiny');
    const mount = (...words: string[]) => run('mount', ['-t', 'tmpfs', ...words, 'tmpfs', files]);
    const mounted = await mount('-o', 'size=1m');
    assert.equal(mounted.code, 0, `a file system of 1 MB needs root: ${mounted.stderr}`);
    try {
      await lake.serve('tiny');
      const refused = await upload('two-megabytes', 2_000_000, 'TINY');
      assert.notEqual(refused.code, 0);
      assert.match(refused.stderr + refused.stdout, /full/);
      assert.deepEqual(filesBelow(files), []);
      assert.equal((await upload('two-more', 2_000_000, 'NEAR')).code, 0);
      const rule = await copyTo('two-more', 'TINY');
      await waitsFor(rule, /DESTINATION_FULL|is full/);
      assert.deepEqual(filesBelow(files), []);
      assert.equal((await mount('-o', 'remount,size=8m')).code, 0);
      await isOk(rule);
      await lake.kill('tiny');
    } finally {
      await run('umount', [files]);
    }
  });

  test('a dead destination is the reason, and the rule goes on when it is back', async () => {
    assert.equal((await upload('dead', 5_000, 'NEAR')).code, 0);
    await lake.kill('far');
    const rule = await copyTo('dead', 'FAR');
    await waitsFor(rule, /^DESTINATION_DOWN/);
    await lake.serve('far');
    await isOk(rule);
  });

  test('a storage killed in the middle of a copy holds no part of it, and the whole of it in the end', async () => {
    assert.equal((await upload('large-one', 3_000_000, 'NEAR')).code, 0);
    const rule = await copyTo('large-one', 'SLOW');
    const files = join(lake.home, 'storages', 'SLOW', 'files');
    await waitsFor(rule, /^TRANSFERRING/);
    const part = await eventually('a part at SLOW', async () => filesBelow(files)[0]);
    assert.doesNotMatch(part, /large-one$/);
    await lake.kill('slow');
    await lake.serve('slow');
    assert.deepEqual(filesBelow(files), []);
    await isOk(rule);
    assert.deepEqual(readFileSync(pathOf('SLOW', 'large-one')), readFileSync(join(work, 'large-one')));
    assert.equal(filesBelow(files).length, 1);
  });

  test('where the file is missing or has other bytes, the other copy is taken, and the storage is suspected', async () => {
    const harms: Record<string, (path: string) => Promise<void>> = {
      rotten: (path) => writeFile(path, randomBytes(7_000)),
      short: (path) => truncate(path, 10),
      lost: (path) => unlink(path),
    };
    const names = Object.keys(harms);
    for (const name of names) assert.equal((await upload(name, 7_000, 'NEAR')).code, 0);
    for (const rule of await Promise.all(names.map((name) => copyTo(name, 'FAR')))) await isOk(rule);
    for (const name of names) await harms[name]!(pathOf('NEAR', name));
    for (const rule of await Promise.all(names.map((name) => copyTo(name, 'SMALL')))) await isOk(rule);
    for (const name of names) assert.equal(readFileSync(pathOf('SMALL', name)).length, 7_000);
    const suspected = JSON.parse((await lake.api('GET', '/replicas/suspicious')).text) as {
      name: string;
      rse: string;
    }[];
    assert.deepEqual(suspected.map(({ name, rse }) => `${rse} ${name}`).toSorted(), [
      'NEAR lost',
      'NEAR rotten',
      'NEAR short',
    ]);
  });

  test('the only copy is corrupt: the rule says so and nothing wrong arrives', async () => {
    assert.equal((await upload('only', 7_000, 'NEAR')).code, 0);
    await writeFile(pathOf('NEAR', 'only'), randomBytes(7_000));
    const rule = await copyTo('only', 'FAR');
    await waitsFor(rule, /SOURCE_CORRUPT|do not match/);
    assert.ok(
      !filesBelow(join(lake.home, 'storages', 'FAR', 'files')).some((path) => path.endsWith('/only')),
    );
  });
});

function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
