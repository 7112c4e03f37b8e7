import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Candidate, chooseRses } from './choose-rses.ts';

const candidate = (rse: string, more: Partial<Candidate> = {}): Candidate => ({
  rse_id: rse,
  rse,
  weight: 1,
  quota: Number.POSITIVE_INFINITY,
  shared: [],
  space: Number.POSITIVE_INFINITY,
  ...more,
});
const choice = (...candidates: Candidate[]) => ({ account: 'jane', candidates });
const named = (name: string) => (error: Error) => error.name === name;

describe('choosing RSEs', () => {
  test('those that hold most come first, available before on its way', () => {
    const three = choice(candidate('A'), candidate('B'), candidate('C'));
    const present = new Map([
      ['A', 10],
      ['B', 30],
      ['C', 20],
    ]);
    assert.deepEqual(chooseRses(three, { copies: 2, size: 40, present }), ['B', 'C']);
    const available = new Map([['A', 10]]);
    assert.deepEqual(chooseRses(three, { copies: 3, size: 40, present, available }), ['A', 'B', 'C']);
    assert.deepEqual(chooseRses(three, { copies: 1, size: 40, present, blocked: new Set(['B']) }), ['C']);
  });

  test('else chance decides, in proportion to the weights', () => {
    const weighted = choice(candidate('A', { weight: 1 }), candidate('B', { weight: 3 }));
    const at = (point: number) => chooseRses(weighted, { copies: 1, size: 1 }, () => point)[0];
    assert.deepEqual([at(0), at(0.24), at(0.26), at(0.999)], ['A', 'A', 'B', 'B']);
    const none = choice(candidate('A', { weight: 0 }), candidate('B', { weight: 0 }));
    assert.equal(chooseRses(none, { copies: 2, size: 1 }).length, 2);
  });

  test('room is used up by what was chosen, and shared limits by all under them', () => {
    const shared = { rse_expression: 'A|B', left: 25 };
    const two = choice(candidate('A', { shared: [shared] }), candidate('B', { shared: [shared] }));
    chooseRses(two, { copies: 1, size: 10 });
    chooseRses(two, { copies: 1, size: 10 });
    assert.throws(() => chooseRses(two, { copies: 1, size: 10 }), named('InsufficientAccountLimit'));
    assert.throws(
      () => chooseRses(choice(candidate('A', { quota: 10 })), { copies: 1, size: 10 }),
      named('InsufficientAccountLimit'),
    );
    const full = choice(candidate('A', { space: 10 }));
    assert.throws(() => chooseRses(full, { copies: 1, size: 11 }), named('RSEOverQuota'));
    assert.deepEqual(chooseRses(full, { copies: 1, size: 11, present: new Map([['A', 5]]) }), ['A']);
    assert.throws(
      () => chooseRses(choice(candidate('A')), { copies: 2, size: 1 }),
      named('InsufficientTargetRSEs'),
    );
  });
});
