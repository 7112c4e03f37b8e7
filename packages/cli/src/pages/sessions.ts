import { hash } from 'node:crypto';
import type { Clock } from '@leman/foundation';

/** A token of the field lives an hour; somebody who looks at a page all day logs in once. */
const LONGEST_MS = 12 * 3_600_000;
const MOST = 10_000;

/** Times in milliseconds since 1970. */
interface Session {
  began: number;
  /** When it got its present token. */
  got: number;
  ends: number;
}

export interface Sessions {
  begin(token: string, ends: Date): void;
  /** True in the second half of a token's life, until the session is twelve hours old. */
  wantsNewToken(token: string): boolean;
  /** The session goes on with another token. */
  goOn(token: string, next: string, ends: Date): void;
}

/**
 * Sessions that began here, by the SHA-256 of their token. In memory alone: after a restart a token lives to its own
 * end and is not renewed, and nobody but this process can lengthen a session.
 */
export const createSessions = (clock: Pick<Clock, 'now'>): Sessions => {
  const known = new Map<string, Session>();
  const keyOf = (token: string) => hash('sha256', token, 'hex');
  const keep = (token: string, session: Session) => {
    const now = clock.now();
    for (const [key, { ends }] of known) if (ends < now) known.delete(key);
    const [oldest] = known.keys();
    if (known.size >= MOST && oldest) known.delete(oldest);
    known.set(keyOf(token), session);
  };
  return {
    begin: (token, ends) => keep(token, { began: clock.now(), got: clock.now(), ends: ends.getTime() }),
    wantsNewToken(token) {
      const session = known.get(keyOf(token));
      const now = clock.now();
      if (!session || session.ends <= now || now - session.began > LONGEST_MS) return false;
      return now - session.got > (session.ends - session.got) / 2;
    },
    goOn(token, next, ends) {
      const session = known.get(keyOf(token));
      if (!session) return;
      known.delete(keyOf(token));
      keep(next, { began: session.began, got: clock.now(), ends: ends.getTime() });
    },
  };
};
