import type { RseProtocol } from '@leman/client';
import { StorageError } from '@leman/protocols';
import { audienceOf } from './read-address.ts';

/** What a storage has to trust so that the lake's tokens open it. */
export interface Trust {
  issuer: string;
  audience: string;
  /** Tokens name paths from the root of the storage, all of them below this one. */
  path: string;
}

export const trustFor = (issuer: string, protocol: RseProtocol): Trust => ({
  issuer,
  audience: audienceOf(protocol),
  path: protocol.prefix,
});

/** The values to put into the configuration of a storage, and what stands in the way of using them. */
export const sayTrust = ({ issuer, audience, path }: Trust): string[] => {
  const lines = [
    `issuer      ${issuer}`,
    `audience    ${audience}`,
    `base path   /   (tokens name the whole path; every one lies below ${path})`,
    'rights      storage.read, storage.create, storage.modify',
    `keys        ${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
  ];
  if (!issuer.startsWith('https:')) {
    lines.push(
      'Storages of others mostly take https issuers only (XRootD says "Issuer URL must be HTTPS"): put a reverse proxy with a certificate before the lake and set "issuer: https://..." in leman.yaml.',
    );
  }
  return lines;
};

const byClass: Readonly<Record<string, string>> = {
  dns: 'The host name is not known here: check the URL.',
  refused: 'Nothing listens there: check host and port, and firewalls on the way.',
  'connect-timeout': 'The host does not answer: check host and port, and firewalls on the way.',
  tls: "Its certificate cannot be verified: it must be of a public authority, of the lake's own, or of one in HOME/authorities.pem (then start the lake again); and the name in it that of the URL. Or the port speaks no TLS.",
  full: 'It is full: make room, or choose a directory with another quota.',
  missing: 'The directory of the URL is not there, or the storage makes no directories by itself: make it.',
  exists: 'The storage refuses new files at this place: check that the URL is that of a directory.',
  unsupported: 'The storage does not know this request: check that WebDAV is switched on for this port.',
  checksum: 'The bytes are not what was sent: check the storage before anything is kept there.',
  size: 'The bytes are not what was sent: check the storage before anything is kept there.',
};

/** Whether a refusal is about who asks, not about what. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof StorageError && (error.class === 'unauthenticated' || error.class === 'denied');

/** What to do about a failed operation, in one sentence. */
export const advise = (error: unknown): string => {
  if (!(error instanceof StorageError)) return 'Run it again with LEMAN_DEBUG=1 to see more.';
  if (isRefusal(error))
    return 'It refuses the token: compare issuer, audience and base path with the values below, and see that it can fetch the keys. Its log tells which.';
  return byClass[error.class] ?? 'Look into the log of the storage for this minute.';
};
