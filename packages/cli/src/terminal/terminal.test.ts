import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSpan, sayBytes, sayCount, sayNumberOf, saySpan } from './units.ts';

test('sizes are said with three digits in powers of 1,000', () => {
  const said: [number | null, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [134_567, '135 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [20e9, '20.0 GB'],
    [Number.MAX_SAFE_INTEGER, '9.01 PB'],
    [-5000, '-5.00 kB'],
    [Number.POSITIVE_INFINITY, 'unlimited'],
    [null, '-'],
  ];
  for (const [bytes, text] of said) assert.equal(sayBytes(bytes), text);
});

test('counts and spans', () => {
  assert.equal(sayCount(1_234_567), '1,234,567');
  assert.equal(sayNumberOf(1, 'file'), '1 file');
  assert.equal(sayNumberOf(0, 'file'), '0 files');
  assert.equal(saySpan(59), '59 s');
  assert.equal(saySpan(3600), '1 h');
  assert.equal(saySpan(200_000), '2 d');
});

test('spans are read with their unit, and nothing else is', () => {
  assert.equal(readSpan('90'), 90);
  assert.equal(readSpan('15min'), 900);
  assert.equal(readSpan('2h'), 7200);
  assert.equal(readSpan('30d'), 2_592_000);
  for (const wrong of ['', 'd', '1.5h', '-1d', '3 months', '1d2h'])
    assert.equal(readSpan(wrong), undefined, wrong);
});
