import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarise } from './summarise.ts';

test('a copy that something keeps from coming is not on its way', () => {
  const share = (files: number) => ({ files, bytes: files });
  const progress = { ...share(5), ok: share(1), replicating: share(4), stuck: share(0) };
  const cause = (reason: string, files: number, say: string) => ({
    ...{ reason, say, since: null, destination: 'TWO', examples: [] },
    ...share(files),
  });
  const down = cause('DESTINATION_DOWN', 3, 'TWO does not answer: connection refused');
  const of = (causes: (typeof down)[]) => summarise({ state: 'REPLICATING', progress, causes });
  assert.equal(
    of([cause('TRANSFERRING', 1, 'Is being copied from ONE.'), down]),
    '1 of 5 copies is there, 1 copy is on the way, 3 copies are held up. 3 copies at TWO: TWO does not answer: connection refused.',
  );
  assert.match(of([{ ...down, files: 4 }]), /^1 of 5 copies is there, 4 copies are held up\. /);
});

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
