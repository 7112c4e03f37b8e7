import { randomBytes } from 'node:crypto';

/** A number used once, for the style elements that the component library writes. */
export const newNonce = (): string => randomBytes(16).toString('base64');

/**
 * The content policy of the pages: scripts only from here and never inline. Style attributes are allowed, because
 * pictures and bars set their sizes with them; style elements need the nonce of this very answer.
 */
export const contentPolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
