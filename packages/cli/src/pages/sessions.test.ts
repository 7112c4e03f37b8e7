import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSessions } from './sessions.ts';

test('a session goes on while somebody looks, and ends after half a day', () => {
  const minute = 60_000;
  let now = 0;
  const sessions = createSessions({ now: () => now });
  let token = 'token 0';
  sessions.begin(token, new Date(60 * minute));
  assert.equal(sessions.wantsNewToken(token), false);
  assert.equal(sessions.wantsNewToken('somebody else'), false);
  let renewed = 0;
  for (now = 0; now < 20 * 60 * minute; now += 10 * minute) {
    if (!sessions.wantsNewToken(token)) continue;
    renewed += 1;
    const next = `token ${renewed}`;
    sessions.goOn(token, next, new Date(now + 60 * minute));
    assert.equal(sessions.wantsNewToken(token), false, 'the old token is done with');
    token = next;
  }
  // Every 40 minutes: the first look after half of the hour.
  assert.equal(renewed, 18);
  now = 20 * 60 * minute;
  assert.equal(sessions.wantsNewToken(token), false);
});
