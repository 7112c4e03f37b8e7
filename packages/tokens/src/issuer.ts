import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  randomUUID,
  sign,
} from 'node:crypto';
import { type Clock, systemClock } from '@leman/foundation';
import { printScopes, type TokenScope } from './scopes.ts';
import { readOrMake } from './write-once.ts';

export interface MintRequest {
  subject: string;
  /** Who may accept it: the storage's `https://host:port`, or several. */
  audience: string | readonly string[];
  scopes: readonly TokenScope[] | string;
  lifetimeSeconds: number;
  /** Further claims; they never replace those of the profile. */
  claims?: Record<string, unknown>;
}

export interface Issuer {
  readonly issuer: string;
  /** A signed token of the WLCG Common JWT Profile 1.0. */
  mint(request: MintRequest): string;
  /** The public keys (RFC 7517). */
  jwks(): { keys: JsonWebKey[] };
  /** What belongs at `<issuer>/.well-known/openid-configuration`. */
  configuration(): Record<string, unknown>;
}

/** Clocks of the sites differ: a token holds from one minute before it was made. */
const BACKDATED_SECONDS = 60;

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

/** The name of a key: RFC 7638 thumbprint of an EC key. */
const thumbprint = ({ crv, kty, x, y }: JsonWebKey): string =>
  createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');

const newKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;

/**
 * An issuer of tokens, signing with ES256. The key is made at first use (mode 0600) and shared by all processes that
 * name the same file.
 */
export const createIssuer = (options: { keyFile: string; issuer: string; clock?: Clock }): Issuer => {
  const clock = options.clock ?? systemClock;
  const key = createPrivateKey(readOrMake(options.keyFile, 0o600, newKey));
  const open = createPublicKey(key).export({ format: 'jwk' });
  const kid = thumbprint(open);
  const header = base64url(JSON.stringify({ alg: 'ES256', typ: 'JWT', kid }));
  const root = options.issuer.replace(/\/$/, '');
  return {
    issuer: options.issuer,
    mint({ subject, audience, scopes, lifetimeSeconds, claims }) {
      const now = Math.floor(clock.now() / 1000);
      const payload = {
        ...claims,
        'wlcg.ver': '1.0',
        iss: options.issuer,
        sub: subject,
        aud: audience,
        iat: now,
        nbf: now - BACKDATED_SECONDS,
        exp: now + lifetimeSeconds,
        jti: randomUUID(),
        scope: typeof scopes === 'string' ? scopes : printScopes(scopes),
      };
      const content = `${header}.${base64url(JSON.stringify(payload))}`;
      const signature = sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' });
      return `${content}.${signature.toString('base64url')}`;
    },
    jwks: () => ({ keys: [{ ...open, kid, use: 'sig', alg: 'ES256' }] }),
    configuration: () => ({
      issuer: options.issuer,
      jwks_uri: `${root}/jwks`,
      id_token_signing_alg_values_supported: ['ES256'],
      scopes_supported: ['storage.read', 'storage.create', 'storage.modify', 'storage.stage', 'storage.poll'],
      claims_supported: ['iss', 'sub', 'aud', 'iat', 'nbf', 'exp', 'jti', 'scope', 'wlcg.ver'],
    }),
  };
};
