import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';

/** The address as a proxy tells it may be made up; the one of the connection may be many people's: it gets more. */
const FREE_FAILURES = { told: 5, connected: 50 };
const LONGEST_MS = 60_000;
const FORGET_MS = 15 * 60_000;
const MAX_ENTRIES = 10_000;

interface Failures {
  count: number;
  last: number;
}
const failuresOf = new WeakMap<Pick<Lake, 'clock'>, Map<string, Failures>>();

/** Milliseconds to wait after so many failures: none for the free ones, then 1 s, 2 s, 4 s up to a minute. */
const waitAfter = (count: number, free: number): number =>
  count < free ? 0 : Math.min(1000 * 2 ** Math.min(count - free, 10), LONGEST_MS);

/**
 * Slows down guessing of passwords: counts failures by user name and address, in bounded memory.
 *
 * @param addresses as told by a proxy (X-Forwarded-For), and of the connection.
 * @throws CannotAuthenticate (401) while the user name must wait at that address; nothing is checked then.
 */
export const loginBackoff = (
  lake: Pick<Lake, 'clock'>,
  username: string,
  addresses: { told: string; connected: string },
): { failed(): void; succeeded(): void } => {
  let all = failuresOf.get(lake);
  if (!all) {
    all = new Map();
    failuresOf.set(lake, all);
  }
  const entries = all;
  const now = lake.clock.now();
  const counted = (['told', 'connected'] as const).map((kind) => {
    const key = `${username.slice(0, 255)}\n${kind}\n${addresses[kind]}`;
    const known = entries.get(key);
    const current = known && now - known.last < FORGET_MS ? known : { count: 0, last: now };
    return { key, current, wait: current.last + waitAfter(current.count, FREE_FAILURES[kind]) - now };
  });
  const wait = Math.max(...counted.map((one) => one.wait));
  if (wait > 0) {
    const seconds = Math.ceil(wait / 1000);
    throw fail(
      'CannotAuthenticate',
      `Too many failed logins of this user from this address. Wait ${seconds} s.`,
    );
  }
  return {
    failed() {
      for (const { key, current } of counted) {
        entries.delete(key);
        if (entries.size >= MAX_ENTRIES) entries.delete(entries.keys().next().value!);
        entries.set(key, { count: current.count + 1, last: lake.clock.now() });
      }
    },
    succeeded() {
      for (const { key } of counted) entries.delete(key);
    },
  };
};
