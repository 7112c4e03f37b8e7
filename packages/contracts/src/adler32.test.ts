import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { adler32InJavaScript, createAdler32 } from './adler32.ts';

const hex = (sum: number) => sum.toString(16).padStart(8, '0');

test('known sums', () => {
  assert.equal(createAdler32().digest(), '00000001');
  assert.equal(createAdler32().update(new TextEncoder().encode('Wikipedia')).digest(), '11e60398');
  assert.equal(
    createAdler32()
      .update(new Uint8Array(1024 * 1024))
      .digest(),
    '00f00001',
  );
});

test('the largest bytes do not overflow', () => {
  for (const length of [5551, 5552, 5553, 65_536, 262_144, 262_145, 1_000_003]) {
    const bytes = new Uint8Array(length).fill(255);
    assert.equal(createAdler32().update(bytes).digest(), hex(adler32InJavaScript(bytes)), String(length));
  }
});

test('any bytes in any pieces give the sum of the plain loop', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 12_000, size: 'max' }), { maxLength: 6 }), (pieces) => {
      const running = createAdler32();
      let plain = 1;
      for (const piece of pieces) {
        running.update(piece);
        plain = adler32InJavaScript(piece, plain);
      }
      assert.equal(running.digest(), hex(plain));
    }),
    { numRuns: 60 },
  );
});

test('two running sums do not disturb each other', () => {
  const [one, two] = [createAdler32(), createAdler32()];
  one.update(new Uint8Array([1, 2, 3]));
  two.update(new Uint8Array(100).fill(9));
  one.update(new Uint8Array([4]));
  assert.equal(one.digest(), hex(adler32InJavaScript(new Uint8Array([1, 2, 3, 4]))));
});
