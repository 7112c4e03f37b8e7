import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldError } from '@leman/contracts';
import fc from 'fast-check';
import { testDirectory, testRse } from '../testing/test-directory.ts';
import { resolveExpression } from './resolve-expression.ts';

const directory = testDirectory([
  testRse('A', { attributes: { country: 'fr', tier: '1', fast: 'true' }, rse_type: 'TAPE' }),
  testRse('B', { attributes: { country: 'de', tier: '2', fast: 'false' }, city: 'Berlin' }),
  testRse('C-1', { attributes: { country: 'fr', tier: '2.5', fast: 'true' }, availability_write: false }),
  testRse('D_2', {
    attributes: { country: 'ch', tier: 'x', site: 'a.b' },
    volatile: true,
    availability_write: false,
  }),
]);
const names = (expression: string, filter = {}) =>
  resolveExpression(directory, expression, filter).map(({ rse }) => rse);
const refusal = (expression: string, filter = {}): FieldError => {
  try {
    names(expression, filter);
  } catch (error) {
    assert.ok(error instanceof FieldError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: `${expression} was taken` });
};

describe('RSE expressions', () => {
  it('name RSEs, attributes and values', () => {
    assert.deepEqual(names('A'), ['A']);
    assert.deepEqual(names('C-1'), ['C-1']);
    assert.deepEqual(names('*'), ['A', 'B', 'C-1', 'D_2']);
    assert.deepEqual(names('country=fr'), ['A', 'C-1']);
    assert.deepEqual(names('fast'), ['A', 'C-1']);
    assert.deepEqual(names('fast=True'), ['A', 'C-1']);
    assert.deepEqual(names('fast=false'), ['B']);
    assert.deepEqual(names('tier>1'), ['B', 'C-1']);
    assert.deepEqual(names('tier<2'), ['A']);
  });

  it('name columns', () => {
    assert.deepEqual(names('rse=B'), ['B']);
    assert.deepEqual(names('rse_type=TAPE'), ['A']);
    assert.deepEqual(names('city=Berlin'), ['B']);
    assert.deepEqual(names('volatile=1'), ['D_2']);
    assert.deepEqual(names('deterministic'), ['A', 'B', 'C-1', 'D_2']);
    assert.equal(refusal('volatile=maybe').name, 'InvalidObject');
    assert.equal(refusal('rse_type=DVD').name, 'InvalidObject');
  });

  it('combine from left to right, parentheses first', () => {
    assert.deepEqual(names('A|B'), ['A', 'B']);
    assert.deepEqual(names('country=fr&fast'), ['A', 'C-1']);
    assert.deepEqual(names('*\\country=fr'), ['B', 'D_2']);
    assert.deepEqual(names('A|B&B'), ['B']);
    assert.deepEqual(names('A|(B&B)'), ['A', 'B']);
    assert.deepEqual(names('((A))|(B|(C-1))\\A'), ['B', 'C-1']);
    assert.deepEqual(names('*\\A\\B'), ['C-1', 'D_2']);
    assert.deepEqual(names('*\\(A\\B)'), ['B', 'C-1', 'D_2']);
  });

  it('may keep only RSEs that are open', () => {
    assert.deepEqual(names('*', { availability: 'write' }), ['A', 'B']);
    assert.deepEqual(names('*', { availability: 'read' }), ['A', 'B', 'C-1', 'D_2']);
    assert.equal(refusal('C-1|D_2', { availability: 'write' }).name, 'RSEWriteBlocked');
  });

  it('are refused when empty or malformed', () => {
    const bad = [
      '',
      '|',
      'A|',
      '|A',
      'A||B',
      'A B',
      ' A',
      'A ',
      '(A',
      'A)',
      ')A(',
      '()',
      '(A)(B)',
      'A(B)',
      'A=',
      '=A',
      'a=b=c',
      'A_',
      '_A',
      'A--B',
      'a.b',
      '**',
      '!A',
      'A;B',
      'A\u0000',
      'é',
      'tier>',
      'a=b.c',
    ];
    for (const expression of bad) {
      const error = refusal(expression);
      assert.equal(error.name, 'InvalidRSEExpression', expression);
      assert.equal(error.status, 400);
    }
    assert.match(refusal('NOPE').message, /empty set/);
    assert.match(refusal('A\\A').message, /empty set/);
    assert.match(refusal('country>1').message, /empty set/);
    assert.equal(refusal('NOPE', { status: 409 }).status, 409);
    assert.equal(refusal('A|', { status: 409 }).status, 409);
    assert.equal(refusal(`${'('.repeat(1400)}A${')'.repeat(1401)}`).name, 'InvalidRSEExpression');
    assert.equal(refusal('A|'.repeat(2000)).name, 'InvalidRSEExpression');
    assert.deepEqual(names(`${'('.repeat(1400)}A${')'.repeat(1400)}`), ['A']);
  });

  it('mean what sets mean (property)', () => {
    interface Tree {
      text: string;
      set: Set<string>;
    }
    const leaf: fc.Arbitrary<Tree> = fc
      .constantFrom('A', 'B', 'C-1', 'D_2', '*', 'country=fr', 'tier>1', 'tier<2', 'fast')
      .map((text) => ({ text, set: new Set(names(text)) }));
    const operators: Record<string, (a: Set<string>, b: Set<string>) => Set<string>> = {
      '|': (a, b) => a.union(b),
      '&': (a, b) => a.intersection(b),
      '\\': (a, b) => a.difference(b),
    };
    const { tree } = fc.letrec<{ tree: Tree; chain: Tree }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaf,
        tie('chain').map(({ text, set }) => ({ text: `(${text})`, set })),
      ),
      chain: fc
        .tuple(
          tie('tree'),
          fc.array(fc.tuple(fc.constantFrom('|', '&', '\\'), tie('tree')), { maxLength: 4 }),
        )
        .map(([first, rest]) =>
          rest.reduce((left, [operator, right]) => {
            return {
              text: left.text + operator + right.text,
              set: operators[operator]!(left.set, right.set),
            };
          }, first),
        ),
    }));
    fc.assert(
      fc.property(tree, ({ text, set }) => {
        const found = set.size === 0 ? refusal(text).name : names(text);
        assert.deepEqual(
          found,
          set.size === 0 ? 'InvalidRSEExpression' : ['A', 'B', 'C-1', 'D_2'].filter((name) => set.has(name)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('never fail otherwise, whatever the text (property)', () => {
    const text = fc.string({ unit: fc.constantFrom(...'AB(*)|&\\=<>_-.1 é'), maxLength: 30 });
    fc.assert(
      fc.property(text, (expression) => {
        try {
          names(expression);
        } catch (error) {
          assert.ok(error instanceof FieldError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});
