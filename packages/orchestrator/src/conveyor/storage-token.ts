import { pathOfUrl, type StorageOperation } from '@leman/tokens';
import type { Lake } from '../lake.ts';
import { audienceOf } from '../replicas/sign-pfn.ts';

const schemes: Record<string, string> = { https: 'https', davs: 'https', http: 'http', dav: 'http' };

/** Who carries out copies and deletions, as storages and the transfer service see it. */
export const CONVEYOR_SUBJECT = 'leman-conveyor';

/**
 * A token for one file at one storage and nothing else: exact path, audience `https://host:port` of the URL.
 * @returns undefined for storages that take no tokens (any scheme that is not HTTP).
 */
export const storageToken = (
  lake: Lake,
  url: string,
  operations: readonly StorageOperation[],
): string | undefined => {
  const scheme = schemes[url.slice(0, url.indexOf(':'))];
  if (!scheme) return undefined;
  const parsed = new URL(`${scheme}${url.slice(url.indexOf(':'))}`);
  const path = pathOfUrl(parsed.pathname);
  return lake.issuer.mint({
    subject: CONVEYOR_SUBJECT,
    audience: audienceOf(url),
    scopes: operations.map((operation) => ({ operation, path })),
    lifetimeSeconds: Math.max(lake.settings.storageTokenLifetime, 3600),
  });
};
