import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manualClock } from '@leman/foundation';
import { loginBackoff } from './login-backoff.ts';

describe('waiting after failed logins', () => {
  const clock = manualClock();
  const lake = { clock };
  const refusal = { name: 'CannotAuthenticate' };

  it('counts the connection too: made up addresses do not help for long', () => {
    for (let i = 0; i < 50; i++) loginBackoff(lake, 'ana', { told: `10.0.0.${i}`, connected: 'c' }).failed();
    assert.throws(() => loginBackoff(lake, 'ana', { told: '10.0.1.1', connected: 'c' }), refusal);
    loginBackoff(lake, 'bob', { told: '10.0.1.1', connected: 'c' });
    loginBackoff(lake, 'ana', { told: '10.0.1.1', connected: 'd' });
    clock.advance(1001);
    loginBackoff(lake, 'ana', { told: '10.0.1.1', connected: 'c' }).failed();
    assert.throws(() => loginBackoff(lake, 'ana', { told: '10.0.1.2', connected: 'c' }), /Wait 2 s/);
  });

  it('waits at most a minute, and forgets', () => {
    const from = { told: 'x', connected: 'y' };
    for (let i = 0; i < 30; i++) {
      loginBackoff(lake, 'eve', from).failed();
      clock.advance(60_000);
    }
    loginBackoff(lake, 'eve', from).failed();
    assert.throws(() => loginBackoff(lake, 'eve', from), /Wait 60 s/);
    clock.advance(15 * 60_000);
    for (let i = 0; i < 5; i++) loginBackoff(lake, 'eve', from).failed();
    assert.throws(() => loginBackoff(lake, 'eve', from), /Wait 1 s/);
  });

  it('starts over after a success', () => {
    const from = { told: 'x', connected: 'y' };
    for (let i = 0; i < 4; i++) loginBackoff(lake, 'tom', from).failed();
    loginBackoff(lake, 'tom', from).succeeded();
    for (let i = 0; i < 4; i++) loginBackoff(lake, 'tom', from).failed();
    loginBackoff(lake, 'tom', from);
  });
});
