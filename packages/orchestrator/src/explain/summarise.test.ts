import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarise } from './summarise.ts';

test('one copy and many are told in sentences', () => {
  const of = (ok: number, replicating: number) => {
    const share = (files: number) => ({ files, bytes: files });
    const progress = {
      ...share(ok + replicating),
      ok: share(ok),
      replicating: share(replicating),
      stuck: share(0),
    };
    return summarise({ state: replicating ? 'REPLICATING' : 'OK', progress, causes: [] });
  };
  assert.equal(of(0, 1), '0 of 1 copy is there, 1 copy is on the way.');
  assert.equal(of(1, 2), '1 of 3 copies is there, 2 copies are on the way.');
  assert.equal(of(0, 3), '0 of 3 copies are there, 3 copies are on the way.');
  assert.equal(of(1, 0), 'The one copy is there.');
});
