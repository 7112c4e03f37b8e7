import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { manualClock } from '@leman/foundation';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

describe('tokens', () => {
  const clock = manualClock(Date.UTC(2026, 5, 1));
  let t: TestLake;
  before(async () => {
    t = await startTestLake({ clock });
  });
  after(() => t.stop());
  const whoami = (token: string | null) => t.api('GET', '/accounts/whoami', undefined, { token });

  it('are needed, and must be known', async () => {
    const none = await whoami(null);
    assert.equal(none.status, 400);
    assert.equal(none.json.ExceptionClass, 'ValueError');
    for (const bad of ['fake', 'a.b.c', "' or 1=1 --", 'x'.repeat(5000)]) {
      const refused = await whoami(bad);
      assert.equal(refused.status, 401, bad.slice(0, 20));
      assert.equal(refused.headers.get('ExceptionClass'), 'CannotAuthenticate');
    }
    assert.equal((await whoami(t.root.token)).status, 303);
    assert.equal((await t.api('GET', '/ping', undefined, { token: null })).status, 200);
    assert.equal((await t.api('GET', '/nothing/here', undefined, { token: null })).status, 404);
  });

  it('are kept as a hash only', async () => {
    const rows = await t.lake.sql<{ row: string }[]>`select tokens::text as row from tokens`;
    assert.ok(rows.length > 0);
    assert.ok(rows.every(({ row }) => !row.includes(t.root.token)));
  });

  it('end with their account, at once', async () => {
    const { token } = await t.newAccount('leaver');
    assert.equal((await whoami(token)).status, 303);
    assert.equal((await t.api('PUT', '/accounts/leaver', { status: 'SUSPENDED' })).status, 200);
    assert.equal((await whoami(token)).status, 401);
    assert.equal((await t.api('PUT', '/accounts/leaver', { status: 'ACTIVE' })).status, 200);
    assert.equal((await whoami(token)).status, 303);
    assert.equal((await t.api('DELETE', '/accounts/leaver')).status, 200);
    assert.equal((await whoami(token)).status, 401);
  });

  it('end by logging out, at once, and no other token with them', async () => {
    const first = await t.newAccount('twice');
    const second = await t.newAccount('twice');
    const end = (token: string | null) => t.api('DELETE', '/auth/token', undefined, { token });
    assert.equal((await whoami(first.token)).status, 303);
    assert.equal((await end(first.token)).status, 200);
    for (const refused of [await whoami(first.token), await end(first.token), await end('fake')]) {
      assert.equal(refused.status, 401);
      assert.equal(refused.json.ExceptionClass, 'CannotAuthenticate');
    }
    assert.equal((await t.api('GET', '/auth/validate', undefined, { token: first.token })).status, 401);
    assert.equal((await end(null)).status, 400);
    assert.equal((await whoami(second.token)).status, 303);
  });

  it('see rights given and taken at once', async () => {
    const { token } = await t.newAccount('riser');
    const config = () => t.api('GET', '/config', undefined, { token });
    assert.equal((await config()).status, 401);
    await t.api('POST', '/accounts/riser/attr/admin', { value: 'true' });
    assert.equal((await config()).status, 200);
    await t.api('DELETE', '/accounts/riser/attr/admin');
    assert.equal((await config()).status, 401);
  });

  it('last an hour', async () => {
    const { token } = await t.newAccount('sleeper');
    assert.equal((await whoami(token)).status, 303);
    clock.advance(3599_000);
    assert.equal((await whoami(token)).status, 303);
    clock.advance(2000);
    assert.equal((await whoami(token)).status, 401);
  });
});
