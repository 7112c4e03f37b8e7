/** What a field of the contract gets that it was not made for. */
export type Mutation = { what: string; body: unknown };

const deep = (levels: number): unknown => {
  let value: unknown = [];
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { value };
  return value;
};

/** Named values of every kind, none of which means anything good. */
export const hostileValues: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['true', true],
  ['-1', -1],
  ['a fraction', 1.5],
  ['1e308', 1e308],
  ['2^63', 2 ** 63],
  ['nothing', ''],
  ['a blank', ' '],
  ['10,000 letters', 'x'.repeat(10_000)],
  ['NUL', 'a\0b'],
  ['half a character', '\ud800'],
  ['unicode', 'файл-日本-😀'],
  ['SQL', "'; drop table dids; select '1"],
  ['a way up', '../../etc/passwd'],
  ['an encoded way up', '%2e%2e%2f%2e%2e%2f'],
  ['a header', 'a\r\nSet-Cookie: stolen=1'],
  ['digits', '99999999999999999999'],
  ['an empty list', []],
  ['an empty dictionary', {}],
  ['a list in a list', [[]]],
  ['a list of null', [null]],
  ['a deep value', deep(2_000)],
  [
    'the prototype',
    JSON.parse('{"__proto__": {"isAdmin": true}, "constructor": {"prototype": {"isAdmin": true}}}'),
  ],
];

/** Values for a place in a path or query. */
export const hostileTexts: readonly (readonly [string, string])[] = [
  ['NUL', '%00'],
  ['a way up', '..%2F..%2Fetc%2Fpasswd'],
  ['dots', '%2e%2e'],
  ['half an escape', '%e0%a4%a'],
  ['half a character', '%ed%a0%80'],
  ['unicode', encodeURIComponent('файл-日本-😀')],
  ['SQL', encodeURIComponent("x' or 1=1; drop table dids; --")],
  ['a header', 'a%0d%0aSet-Cookie:%20stolen=1'],
  ['2,000 letters', 'x'.repeat(2_000)],
  ['a huge number', '9223372036854775808'],
  ['a fraction', '-1e308'],
  ['the prototype', '__proto__'],
  ['a wildcard', '%25%2A%5C'],
  ['parentheses', '('.repeat(1_000)],
];

/** Whole bodies that are no JSON, or not of the kind that was asked for. */
export const hostileBodies: readonly (readonly [string, string | Buffer])[] = [
  ['no body', ''],
  ['half a dictionary', '{"a": '],
  ['null', 'null'],
  ['a number', '7'],
  ['a text', '"x"'],
  ['a list', '[]'],
  ['a list of numbers', '[7]'],
  ['NaN', '{"value": NaN}'],
  ['bytes', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['100,000 brackets', '['.repeat(100_000) + ']'.repeat(100_000)],
  ['the prototype', '{"__proto__": {"isAdmin": true}}'],
];

const MANY = 100_000;
/** Each place gets one in so many of the values, at the top and further inside; all places together get all. */
const [THINNED, THINNED_INSIDE] = [2, 5];

/**
 * A body with one place of it changed: each key and element with each value, without it, twice, with one more.
 * `make` gives a good body, a new one each time.
 */
export function* mutations(make: () => unknown): Generator<Mutation> {
  let at = 0;
  type Path = readonly (string | number)[];
  const withChange = (value: unknown, path: Path, change: (value: unknown) => unknown): unknown => {
    const [key, ...rest] = path;
    if (key === undefined) return change(value);
    if (Array.isArray(value))
      return value.map((element, index) => (index === key ? withChange(element, rest, change) : element));
    const dictionary = value as Record<string, unknown>;
    return { ...dictionary, [key]: withChange(dictionary[key], rest, change) };
  };
  const visit = function* (value: unknown, path: Path): Generator<Mutation> {
    const place = path.join('.') || 'the body';
    const changed = (what: string, change: (value: unknown) => unknown): Mutation => ({
      what: `${place} ${what}`,
      body: withChange(make(), path, change),
    });
    if (path.length > 0) {
      for (const [name, hostile] of hostileValues)
        if (at++ % (path.length < 2 ? THINNED : THINNED_INSIDE) === 0)
          yield changed(`= ${name}`, () => hostile);
    }
    if (Array.isArray(value)) {
      yield changed('twice the same', (list) => [...(list as unknown[]), ...(list as unknown[])]);
      if (path.length < 2)
        yield changed(`of ${MANY}`, () => Array.from({ length: MANY }, () => ({ scope: 'test' })));
      if (value.length > 0) yield* visit(value[0], [...path, 0]);
    } else if (typeof value === 'object' && value !== null) {
      yield changed('with a key nobody knows', (inner) => ({ ...(inner as object), nobody_knows: 1 }));
      for (const [key, inner] of Object.entries(value)) {
        yield changed(`without ${key}`, (whole) => {
          const { [key]: _left, ...others } = whole as Record<string, unknown>;
          return others;
        });
        yield* visit(inner, [...path, key]);
      }
    }
  };
  yield* visit(make(), []);
}
