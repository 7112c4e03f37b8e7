import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { padding, tarEnd, tarHeader } from './tar.ts';

test('another tar reads names that are long, not ASCII, and sizes beyond the plain header', () => {
  const names = ['run/a.fits', `run/${'deep/'.repeat(40)}b.fits`, 'run/Genève.fits', `run/${'x'.repeat(96)}`];
  const archive = Buffer.concat([
    ...names.flatMap((name) => {
      const bytes = Buffer.from(`bytes of ${name}`);
      return [tarHeader(name, bytes.length, 1_700_000_000), bytes, padding(bytes.length)];
    }),
    tarEnd(),
  ]);
  const environment = { ...process.env, LC_ALL: 'C.UTF-8' };
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('tar', args, {
      input: archive,
      encoding: 'utf8',
      env: environment,
    });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  assert.deepEqual(run('-tf', '-', '--quoting-style=literal').trim().split('\n'), names);
  for (const name of names) assert.equal(run('-xOf', '-', name), `bytes of ${name}`);
});

test('a size from 8 GiB on stands in the extended header, in digits', () => {
  const header = tarHeader('big', 9 * 1024 ** 3, 0);
  assert.ok(header.includes('size=9663676416\n'));
  assert.equal(header.length, 3 * 512);
  assert.equal(tarHeader('small', 8 ** 11 - 1, 0).length, 512);
});
