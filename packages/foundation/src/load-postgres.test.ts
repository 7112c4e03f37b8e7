import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { mend } from './load-postgres.ts';

test('the installed driver is the one that the mending was made for; another is refused', async () => {
  const source = await readFile(new URL('connection.js', import.meta.resolve('postgres')), 'utf8');
  assert.match(mend(source), /if \(socket === null\)/);
  assert.match(mend(source), /fetchArrayTypes\(\)\.catch/);
  assert.throws(() => mend('another version'), /npm ci/);
});
