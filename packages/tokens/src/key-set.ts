import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { type Clock, systemClock } from '@leman/foundation';
import { fetchJson } from './fetch-json.ts';

export interface IssuerSource {
  issuer: string;
  /** Found by the issuer's openid-configuration when absent. */
  jwksUri?: string;
  /** Keys known beforehand; nothing is fetched then. */
  keys?: readonly JsonWebKey[];
}

export interface KeySet {
  /** The key of that name; fetched anew when it is unknown, at most every 30 s. Rejects when the issuer never answered. */
  find(kid: string | undefined): Promise<KeyObject | undefined>;
}

const REFRESH_AFTER_MS = 10 * 60_000;
const UNKNOWN_KEY_PAUSE_MS = 30_000;
const FAILURE_PAUSE_MS = 2_000;

const load = (keys: readonly JsonWebKey[]): Map<string, KeyObject> => {
  const loaded = new Map<string, KeyObject>();
  for (const jwk of keys) {
    if (jwk.use && jwk.use !== 'sig') continue;
    if (jwk.kty === 'oct') continue;
    try {
      loaded.set(String(jwk.kid ?? ''), createPublicKey({ key: jwk, format: 'jwk' }));
    } catch {
      // A key of a kind this program does not know says nothing about the others.
    }
  }
  return loaded;
};

/**
 * The keys of one issuer. Refreshed in the background while in use; when the issuer is away the last good keys go on
 * holding.
 */
export const createKeySet = (source: IssuerSource, options: { clock?: Clock; ca?: string }): KeySet => {
  const clock = options.clock ?? systemClock;
  let keys = source.keys ? load(source.keys) : undefined;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let failedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let running: Promise<void> | undefined;

  const fetchKeys = async (): Promise<void> => {
    let uri = source.jwksUri;
    if (!uri) {
      const configuration = await fetchJson(
        `${source.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
        options.ca,
      );
      if (configuration.issuer !== source.issuer)
        throw new Error(`the configuration of ${source.issuer} names another issuer`);
      uri = String(configuration.jwks_uri);
    }
    const document = await fetchJson(uri, options.ca);
    if (!Array.isArray(document.keys)) throw new Error(`${uri} holds no keys`);
    keys = load(document.keys as JsonWebKey[]);
    fetchedAt = clock.now();
  };
  const refresh = (): Promise<void> => {
    running ??= fetchKeys()
      .catch((error: unknown) => {
        failure = error;
        failedAt = clock.now();
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  const mayAskAgain = (pause: number): boolean =>
    clock.now() - failedAt >= FAILURE_PAUSE_MS && clock.now() - fetchedAt >= pause;
  const pick = (kid: string | undefined): KeyObject | undefined => {
    if (kid !== undefined) return keys?.get(kid);
    return keys?.size === 1 ? keys.values().next().value : undefined;
  };

  return {
    async find(kid) {
      if (source.keys) return pick(kid);
      if (!keys) {
        if (running || mayAskAgain(0)) await refresh();
        if (!keys) throw failure ?? new Error(`the keys of ${source.issuer} are not there yet`);
      }
      const found = pick(kid);
      if (found) {
        if (mayAskAgain(REFRESH_AFTER_MS)) void refresh();
        return found;
      }
      if (running || mayAskAgain(UNKNOWN_KEY_PAUSE_MS)) await refresh();
      return pick(kid);
    },
  };
};
