import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readRanges } from './byte-ranges.ts';

test('ranges of RFC 9110', () => {
  assert.deepEqual(readRanges('bytes=0-0', 10), [{ first: 0, last: 0 }]);
  assert.deepEqual(readRanges('bytes=5-', 10), [{ first: 5, last: 9 }]);
  assert.deepEqual(readRanges('bytes=-3', 10), [{ first: 7, last: 9 }]);
  assert.deepEqual(readRanges('bytes=-30', 10), [{ first: 0, last: 9 }]);
  assert.deepEqual(readRanges('bytes=0-100, 20-', 10), [{ first: 0, last: 9 }]);
  for (const none of ['bytes=10-', 'bytes=-0']) assert.deepEqual(readRanges(none, 10), [], none);
  for (const passed of [undefined, '', 'bytes=', 'bytes=-', 'bytes=3-1', 'bytes=a-b', 'lines=0-1']) {
    assert.equal(readRanges(passed, 10), undefined, passed);
  }
});

test('whatever is asked, the ranges lie within the object and are at most twice its size', () => {
  fc.assert(
    fc.property(
      fc.nat(50),
      fc.array(fc.tuple(fc.option(fc.nat(60)), fc.option(fc.nat(60))), { maxLength: 6 }),
      (size, parts) => {
        const ranges =
          readRanges(`bytes=${parts.map(([from, to]) => `${from ?? ''}-${to ?? ''}`).join(',')}`, size) ?? [];
        let sum = 0;
        for (const { first, last } of ranges) {
          assert.ok(first >= 0 && first <= last && last < size);
          sum += last - first + 1;
        }
        assert.ok(sum <= 2 * size);
      },
    ),
  );
});
