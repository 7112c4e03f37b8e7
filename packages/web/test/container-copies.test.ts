import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { datasetsBelow } from '../src/data/container-copies.ts';

describe('the datasets below a container', () => {
  let read = 0;
  const tree: Record<string, string[]> = { top: ['a', 'inner', 'b'], inner: ['b', 'c', 'top'] };
  async function* content({ scope, name }: { scope: string; name: string }) {
    for (const child of tree[name] ?? []) {
      read += 1;
      yield { scope, name: child, type: child in tree ? ('CONTAINER' as const) : ('DATASET' as const) };
    }
  }
  const top = { scope: 's', name: 'top' };

  test('are each given once, also when a container holds itself', async () => {
    const datasets = await datasetsBelow(top, content, 6);
    assert.deepEqual(
      datasets?.map(({ name }) => name),
      ['a', 'b', 'c'],
    );
  });

  test('are not given in part: beyond the most, reading stops and there is no answer', async () => {
    read = 0;
    assert.equal(await datasetsBelow(top, content, 4), null);
    assert.equal(read, 5);
  });
});
