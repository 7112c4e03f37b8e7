import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentLog } from './log.ts';
import { reachableHome } from './postgres-binaries.ts';

const place = await mkdtemp(join(tmpdir(), 'leman-home-'));
after(() => rm(place, { recursive: true }));
const nobody = { uid: 65534, gid: 65534 };
const mayBeNobody = process.getuid?.() === 0 ? {} : { skip: 'only root can start programs as another user' };

test('a database outside its home belongs to that home alone', mayBeNobody, async () => {
  await chmod(place, 0o700);
  const shelter = join(place, 'shelter');
  const home = join(place, 'home');
  const find = (of: string) => reachableHome(of, nobody, silentLog, shelter);
  const first = await find(home);
  assert.ok(first.startsWith(shelter));
  assert.equal(await find(home), first, 'the next start goes on');

  const moved = join(place, 'moved');
  await rename(home, moved);
  assert.equal(await find(moved), first, 'a moved home keeps its database');

  await rm(moved, { recursive: true });
  assert.notEqual(await find(moved), first, 'a home made anew is empty');

  const lost = await find(moved);
  await rm(lost, { recursive: true });
  await assert.rejects(find(moved), /which is gone/);
});

test('a home that can be entered holds its database', async () => {
  const home = join(place, 'own');
  await mkdir(home);
  assert.equal(await reachableHome(home, undefined, silentLog, join(place, 'none')), home);
});
