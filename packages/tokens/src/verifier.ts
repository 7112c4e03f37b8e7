import { hash } from 'node:crypto';
import { type FieldError, fail } from '@leman/contracts';
import { type Clock, systemClock } from '@leman/foundation';
import { checkSignature } from './check-signature.ts';
import { createKeySet, type IssuerSource, type KeySet } from './key-set.ts';

/** What a verified token says. `scope` is the empty string when it has none. */
export interface Claims {
  iss: string;
  sub: string;
  aud: string | readonly string[];
  exp: number;
  scope: string;
  iat?: number;
  nbf?: number;
  jti?: string;
  [claim: string]: unknown;
}

export interface Verifier {
  /**
   * @throws CannotAuthenticate 401 with the reason (never the token); ResourceTemporaryUnavailable 503 when the keys
   * of the issuer could not be fetched yet
   */
  verify(token: string): Promise<Claims>;
}

export interface VerifierOptions {
  issuers: readonly (string | IssuerSource)[];
  /** Names of the one who verifies; a token for none of them is refused. */
  audiences: readonly string[];
  clock?: Clock;
  /** How far clocks may differ, seconds. */
  skewSeconds?: number;
  /** PEM trusted besides the system's, for https issuers. */
  ca?: string;
}

/** The audience of tokens for everybody (WLCG Common JWT Profile). */
export const anyAudience = 'https://wlcg.cern.ch/jwt/v1/any';

const CACHED_AT_MOST = 10_000;
const MAX_TOKEN_LENGTH = 16_384;

const refuse = (why: string): FieldError => fail('CannotAuthenticate', why);

const decode = (part: string): Record<string, unknown> => {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object');
  return value as Record<string, unknown>;
};

/** Verifies WLCG tokens; what was verified once is remembered until it ends. */
export const createVerifier = (options: VerifierOptions): Verifier => {
  const clock = options.clock ?? systemClock;
  const skew = options.skewSeconds ?? 60;
  const keySets = new Map<string, KeySet>();
  for (const entry of options.issuers) {
    const source = typeof entry === 'string' ? { issuer: entry } : entry;
    keySets.set(source.issuer, createKeySet(source, options));
  }
  const accepted = new Set([...options.audiences, anyAudience]);
  const verified = new Map<string, Claims>();

  const checkTimes = ({ exp, nbf }: Claims): void => {
    const now = clock.now() / 1000;
    if (now >= exp + skew)
      throw refuse(`The token expired at ${new Date(exp * 1000).toISOString()}. Get a new one.`);
    if (nbf !== undefined && now < nbf - skew)
      throw refuse('The token does not hold yet. Compare the clocks of both sides.');
  };

  const read = async (token: string): Promise<Claims> => {
    const parts = token.split('.');
    if (parts.length !== 3 || token.length > MAX_TOKEN_LENGTH)
      throw refuse('The token is not a signed JWT. Send "Bearer" and the token.');
    let header: Record<string, unknown>;
    let claims: Claims;
    try {
      header = decode(parts[0]!);
      claims = { scope: '', ...decode(parts[1]!) } as Claims;
    } catch {
      throw refuse('The token is not a signed JWT. Send "Bearer" and the token.');
    }
    const keySet = typeof claims.iss === 'string' ? keySets.get(claims.iss) : undefined;
    if (!keySet)
      throw refuse(
        `The issuer ${String(claims.iss).slice(0, 200)} is not trusted here. Use one of: ${[...keySets.keys()].join(', ')}.`,
      );
    if (header.crit !== undefined) throw refuse('The token demands extensions that are not known here.');
    const kid = typeof header.kid === 'string' ? header.kid : undefined;
    const key = await keySet.find(kid).catch((error: unknown) => {
      throw fail(
        'ResourceTemporaryUnavailable',
        `The keys of ${claims.iss} cannot be fetched at the moment. Try again.`,
        { cause: error },
      );
    });
    if (!key) throw refuse(`The issuer ${claims.iss} has no key of the token's name. Get a new token.`);
    const content = Buffer.from(`${parts[0]}.${parts[1]}`);
    if (!checkSignature(String(header.alg), key, content, Buffer.from(parts[2]!, 'base64url'))) {
      throw refuse('The signature of the token is wrong. Get a new one.');
    }
    if (
      typeof claims.exp !== 'number' ||
      typeof claims.sub !== 'string' ||
      typeof claims.scope !== 'string'
    ) {
      throw refuse('The token lacks exp or sub, or its scope is no string.');
    }
    if (claims.nbf !== undefined && typeof claims.nbf !== 'number')
      throw refuse('The nbf of the token is no number.');
    if (claims['wlcg.ver'] !== undefined && !/^1(\.\d+)*$/.test(String(claims['wlcg.ver']))) {
      throw refuse('The token follows a version of the WLCG profile that is not known here (1.x is).');
    }
    const audiences = Array.isArray(claims.aud) ? (claims.aud as unknown[]) : [claims.aud];
    if (!audiences.some((name) => typeof name === 'string' && accepted.has(name))) {
      throw refuse(
        `The token is for ${audiences.map(String).join(', ').slice(0, 200) || 'nobody'}, not for ${options.audiences.join(' or ')}.`,
      );
    }
    checkTimes(claims);
    return claims;
  };

  return {
    async verify(token) {
      const name = hash('sha256', token, 'base64');
      const before = verified.get(name);
      if (before) {
        verified.delete(name);
        checkTimes(before);
        verified.set(name, before);
        return before;
      }
      const claims = await read(token);
      if (verified.size >= CACHED_AT_MOST) verified.delete(verified.keys().next().value!);
      verified.set(name, claims);
      return claims;
    },
  };
};
