import { fail } from '@leman/contracts';
import type { StorageOperation } from '@leman/tokens';
import type { Lake } from '../lake.ts';

export type SignedOperation = 'read' | 'write' | 'delete';

/**
 * What a storage needs to see for each: who writes also looks at what was written; before a deletion XRootD 5 looks at
 * the file with the same token.
 */
const rights: Readonly<Record<SignedOperation, readonly StorageOperation[]>> = {
  read: ['read'],
  write: ['create', 'read'],
  delete: ['modify', 'read'],
};

/** `https://host:port` of a URL: the audience of its tokens. */
export const audienceOf = (pfn: string): string => {
  const url = URL.parse(pfn);
  if (!url?.host) throw fail('InvalidPath', 'The URL has no host.');
  const port = url.port || (url.protocol === 'https:' || url.protocol === 'davs:' ? '443' : '80');
  return `https://${url.hostname}:${port}`;
};

/**
 * A token for exactly one path of one storage and one operation (WLCG profile). It is never stored or logged.
 * @throws InvalidPath
 */
export const mintForPfn = (
  lake: Lake,
  pfn: string,
  operation: SignedOperation,
  { subject, lifetimeSeconds }: { subject: string; lifetimeSeconds: number },
): string => {
  const url = URL.parse(pfn);
  if (!url) throw fail('InvalidPath', 'The text is no URL.');
  let path: string;
  try {
    path = decodeURIComponent(url.pathname).replaceAll(/\/{2,}/g, '/');
  } catch {
    throw fail('InvalidPath', 'The path of the URL is not valid percent-encoded UTF-8.');
  }
  return lake.issuer.mint({
    subject,
    audience: audienceOf(pfn),
    scopes: rights[operation].map((right) => ({ operation: right, path })),
    lifetimeSeconds,
  });
};

/** The URL with a token that opens exactly it: `?authz=<token>`. */
export const signPfn = (
  lake: Lake,
  pfn: string,
  operation: SignedOperation,
  options: { subject: string; lifetimeSeconds: number },
): string => `${pfn}${pfn.includes('?') ? '&' : '?'}authz=${mintForPfn(lake, pfn, operation, options)}`;
