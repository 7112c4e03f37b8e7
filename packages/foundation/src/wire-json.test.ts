import assert from 'node:assert/strict';
import test from 'node:test';
import { parseWireDate, wireDate, wireJson } from './wire-json.ts';

test('dates and infinity as the field writes them', () => {
  const at = new Date(Date.UTC(2026, 10, 20, 5, 54, 6));
  assert.equal(wireDate(at), 'Fri, 20 Nov 2026 05:54:06 UTC');
  assert.equal(
    wireJson({ at, limit: Number.POSITIVE_INFINITY, text: 'Infinity', list: [Infinity, null] }),
    '{"at":"Fri, 20 Nov 2026 05:54:06 UTC","limit":Infinity,"text":"Infinity","list":[Infinity,null]}',
  );
});

test('dates are read in every form the clients send', () => {
  const at = Date.UTC(2026, 10, 20, 5, 54, 6);
  for (const form of [
    'Fri, 20 Nov 2026 05:54:06 UTC',
    '2026-11-20T05:54:06',
    '2026-11-20 05:54:06',
    '2026-11-20T05:54:06.000',
    at / 1000,
    String(at / 1000),
  ]) {
    assert.equal(parseWireDate(form)?.getTime(), at, String(form));
  }
  assert.equal(parseWireDate('2026-11-20')?.getTime(), Date.UTC(2026, 10, 20));
  for (const form of ['yesterday', '', null, {}, Number.NaN]) assert.equal(parseWireDate(form), undefined);
  for (const text of [1e308, Number.NaN, -1e15, '9'.repeat(30), '99999-01-01', 'soon', null])
    assert.equal(parseWireDate(text), undefined);
});
