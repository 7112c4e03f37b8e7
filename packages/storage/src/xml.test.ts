import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeXml, parseXml } from './xml.ts';

test('elements with their namespaces', () => {
  const root = parseXml(
    '<?xml version="1.0"?>\n<!-- x --><propfind xmlns="DAV:" xmlns:e=\'urn:e\'><prop><e:a/><b xmlns="">text &amp; &#x41;<![CDATA[<]]></b></prop></propfind>\n',
  );
  assert.equal(root.namespace, 'DAV:');
  assert.deepEqual(
    root.children[0]!.children.map(({ namespace, name }) => [namespace, name]),
    [
      ['urn:e', 'a'],
      ['', 'b'],
    ],
  );
});

test('what is not well-formed is refused', () => {
  const bad = [
    '',
    'x',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a b></a>',
    '<a b=c/>',
    '<p:a/>',
    '<a xmlns:p=""><p:b/></a>',
    '<a>&nbsp;</a>',
    '<a>&</a>',
    '<!DOCTYPE a><a/>',
    '<a></a x="1">',
    '<a>'.repeat(40),
    '<a><?xml version="1.0"?></a>',
  ];
  for (const text of bad)
    assert.throws(() => parseXml(text), { name: 'InvalidValueForKey', status: 400 }, text);
});

test('any text survives as an attribute, and none breaks out', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      const root = parseXml(`<a xmlns="${escapeXml(text)}">${escapeXml(text)}</a>`);
      assert.equal(root.namespace, text);
      assert.equal(root.children.length, 0);
    }),
  );
});
