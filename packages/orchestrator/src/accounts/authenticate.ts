import { hash } from 'node:crypto';
import { fail } from '@leman/contracts';
import type { Caller, Lake } from '../lake.ts';

type KnownCaller = Omit<Caller, 'ip'>;
interface Entry {
  caller: KnownCaller;
  /** Milliseconds since 1970, of the token itself. */
  expiresAt: number;
  /** Monotonic milliseconds until which the answer may be used without asking the database. */
  freshUntil: number;
}
interface Cache {
  entries: Map<string, Entry>;
  generation: number;
}

const MAX_ENTRIES = 10_000;
const FRESH_MS = 60_000;
const LONGEST_TOKEN = 4096;
const caches = new WeakMap<Lake, Cache>();

const cacheOf = (lake: Lake): Cache => {
  let cache = caches.get(lake);
  if (!cache) {
    const fresh: Cache = { entries: new Map(), generation: 0 };
    lake.wakeups.on('accounts', () => {
      fresh.entries.clear();
      fresh.generation += 1;
    });
    caches.set(lake, fresh);
    cache = fresh;
  }
  return cache;
};

/**
 * Who a token speaks for. Answers come from memory for at most 60 s (bounded, by the SHA-256 of the token); a wake-up
 * on `accounts` (suspension, deletion, attributes) empties it.
 *
 * @throws CannotAuthenticate (401): unknown or expired token, or an account that is not active.
 */
export const authenticate = async (lake: Lake, token: string, ip: string): Promise<Caller> => {
  const refused = fail(
    'CannotAuthenticate',
    'Cannot authenticate with given credentials. The token is unknown or has expired; log in again.',
  );
  if (token.length > LONGEST_TOKEN) throw refused;
  const cache = cacheOf(lake);
  const digest = hash('sha256', token, 'hex');
  const known = cache.entries.get(digest);
  const now = lake.clock.now();
  if (known && known.freshUntil > performance.now() && known.expiresAt > now) return { ...known.caller, ip };

  const { generation } = cache;
  const [row] = await lake.sql<{ account: string; identity: string; expires_at: Date; is_admin: boolean }[]>`
    select t.account, t.identity, t.expires_at,
      exists (select from account_attributes a where a.account = t.account and a.key = 'admin') as is_admin
    from tokens t join accounts using (account)
    where t.token_sha256 = decode(${digest}, 'hex') and t.expires_at > ${new Date(now)} and accounts.status = 'ACTIVE'`;
  if (!row) {
    cache.entries.delete(digest);
    throw refused;
  }
  const isRoot = row.account === 'root';
  const caller = { account: row.account, identity: row.identity, isRoot, isAdmin: isRoot || row.is_admin };
  if (generation === cache.generation) {
    cache.entries.delete(digest);
    if (cache.entries.size >= MAX_ENTRIES) cache.entries.delete(cache.entries.keys().next().value!);
    cache.entries.set(digest, {
      caller,
      expiresAt: row.expires_at.getTime(),
      freshUntil: performance.now() + FRESH_MS,
    });
  }
  return { ...caller, ip };
};
