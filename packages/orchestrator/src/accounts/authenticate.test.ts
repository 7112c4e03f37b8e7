import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

describe('tokens', () => {
  let t: TestLake;
  before(async () => {
    t = await startTestLake();
  });
  after(() => t.stop());

  it('are needed, and must be known', async () => {
    const none = await t.api('GET', '/nothing/here', undefined, { token: null });
    assert.equal(none.status, 404);
  });
});
