import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { openObjectIndex } from './object-index.ts';
import { createSpace } from './space.ts';

test('uploads that run beside each other do not promise themselves the same free bytes of the disk', (t) => {
  const state = mkdtempSync(join(tmpdir(), 'leman-space-'));
  const index = openObjectIndex(state);
  t.after(() => {
    index.close();
    rmSync(state, { recursive: true });
  });
  const space = createSpace({ root: tmpdir(), index });
  const { bavail, bsize } = statfsSync(tmpdir());
  const most = Math.floor(bavail * bsize * 0.6);
  space.reserve(most);
  assert.throws(() => space.reserve(most), /full/);
  // What is written is no longer told as free by the disk itself.
  space.wrote(most);
  space.reserve(most);
  space.release(most, most);
  assert.throws(() => space.reserve(most), /full/);
  space.release(most, 0);
  space.reserve(most);
});
