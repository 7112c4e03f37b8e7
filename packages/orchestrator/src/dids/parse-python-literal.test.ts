import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Literal, parsePythonLiteral } from './parse-python-literal.ts';

/** A value as Python's repr writes it. */
const repr = (value: Literal): string => {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') {
    return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
  }
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${repr(key)}: ${repr(item)}`)
    .join(', ')}}`;
};

test('what Python writes is read back', () => {
  const leaf = fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string());
  const { value } = fc.letrec<{ value: Literal }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('value'),
        { maxKeys: 4, noNullPrototype: true },
      ),
    ),
  }));
  fc.assert(fc.property(value, (literal) => assert.deepEqual(parsePythonLiteral(repr(literal)), literal)));
});

test('forms of numbers, text and tuples', () => {
  assert.deepEqual(parsePythonLiteral(`(1, -2.5, 1e3, "it's", u'x')`.replace('u', '')), [
    1,
    -2.5,
    1000,
    "it's",
    'x',
  ]);
  assert.deepEqual(parsePythonLiteral("[{'a': '\\x41\\u00e9\\q', }]"), [{ a: 'Aé\\q' }]);
});

test('anything else is refused, whatever it is', () => {
  for (const text of [
    '',
    '[',
    "'",
    '{1: 2}',
    '{"a"}',
    '[1 2]',
    'open("x")',
    '1 + 1',
    '[]]',
    '['.repeat(20),
    ' '.repeat(70_000),
  ]) {
    assert.throws(() => parsePythonLiteral(text), { name: 'DIDFilterSyntaxError' }, text.slice(0, 20));
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      try {
        parsePythonLiteral(text);
      } catch (error) {
        assert.equal((error as Error).name, 'DIDFilterSyntaxError');
      }
    }),
  );
});
