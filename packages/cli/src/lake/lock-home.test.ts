import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { homeOf } from './home.ts';
import { holderOf, lockHome } from './lock-home.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'leman-lock-'));
});
after(() => rm(directory, { recursive: true, force: true }));

test('a role is held once; all or none; released it is free again', async () => {
  const home = homeOf(directory);
  const lock = lockHome(home, ['api', 'storage:ONE'], 'http://one');
  assert.equal(holderOf(home, 'api')?.pid, process.pid);
  assert.throws(() => lockHome(home, ['daemons', 'api'], 'http://two'), /already runs .*http:\/\/one/);
  assert.equal(holderOf(home, 'daemons'), undefined);
  lock.tell('http://told');
  assert.equal(holderOf(home, 'api')?.url, 'http://told');
  lock.release();
  lock.release();
  assert.deepEqual(await readdir(home.locksDirectory), []);
});

test('what a killed process left behind is taken over, also when its number belongs to another program', async () => {
  const home = homeOf(directory);
  const left = (content: string) => writeFile(join(home.locksDirectory, 'api.json'), content);
  const stale = [
    JSON.stringify({ pid: 999_999_999, started: '1', role: 'api', url: 'x' }),
    JSON.stringify({ pid: process.pid, started: '1', role: 'api', url: 'x' }),
    '{"pid": 1',
  ];
  for (const content of stale) {
    await left(content);
    const lock = lockHome(home, ['api'], 'http://mine');
    assert.equal(holderOf(home, 'api')?.url, 'http://mine');
    lock.release();
  }
});
