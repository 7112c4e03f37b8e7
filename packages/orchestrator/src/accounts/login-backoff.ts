import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';

const FREE_FAILURES = 5;
const LONGEST_MS = 60_000;
const FORGET_MS = 15 * 60_000;
const MAX_ENTRIES = 10_000;

interface Failures {
  count: number;
  last: number;
}
const failuresOf = new WeakMap<Lake, Map<string, Failures>>();

/** Milliseconds to wait after so many failures: none for the first five, then 1 s, 2 s, 4 s up to a minute. */
const waitAfter = (count: number): number =>
  count < FREE_FAILURES ? 0 : Math.min(1000 * 2 ** Math.min(count - FREE_FAILURES, 10), LONGEST_MS);

/**
 * Slows down guessing of passwords: counts failures by user name and address, in bounded memory.
 *
 * @throws CannotAuthenticate (401) while the user name must wait at that address; nothing is checked then.
 */
export const loginBackoff = (
  lake: Lake,
  username: string,
  ip: string,
): { failed(): void; succeeded(): void } => {
  let all = failuresOf.get(lake);
  if (!all) {
    all = new Map();
    failuresOf.set(lake, all);
  }
  const entries = all;
  const key = `${username.slice(0, 255)}\n${ip}`;
  const now = lake.clock.now();
  const known = entries.get(key);
  const current = known && now - known.last < FORGET_MS ? known : undefined;
  const left = current ? current.last + waitAfter(current.count) - now : 0;
  if (left > 0) {
    throw fail(
      'CannotAuthenticate',
      `Too many failed logins of this user from this address. Wait ${Math.ceil(left / 1000)} s.`,
    );
  }
  return {
    failed() {
      const count = (current?.count ?? 0) + 1;
      entries.delete(key);
      if (entries.size >= MAX_ENTRIES) entries.delete(entries.keys().next().value!);
      entries.set(key, { count, last: lake.clock.now() });
    },
    succeeded() {
      entries.delete(key);
    },
  };
};
