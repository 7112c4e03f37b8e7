import { type Logger, pino } from 'pino';

export type Log = Logger;

/** Keys and query parameters that may carry a credential; their values never reach a log. */
const secretKeys = [
  'authorization',
  'password',
  'token',
  'source_tokens',
  'destination_tokens',
  'x-rucio-auth-token',
  'x-rucio-password',
  'transferheaderauthorization',
];

/** Replaces the value of credentials inside a URL: `authz`, `access_token`, `X-Amz-Signature`, user:password@. */
export const redactUrl = (url: string): string =>
  url
    .replace(/([?&](?:authz|access_token|token|x-amz-signature|signature)=)[^&#]*/gi, '$1[redacted]')
    .replace(/\/\/[^/@\s]+@/, '//[redacted]@');

/** A JSON line logger; `level` as in pino (trace, debug, info, warn, error, silent). Writes to stderr or a file. */
export const createLog = (level: string, name = 'leman', file?: string): Log =>
  pino(
    {
      level,
      name,
      base: null,
      redact: { paths: secretKeys.flatMap((key) => [`["${key}"]`, `*["${key}"]`]), censor: '[redacted]' },
    },
    pino.destination({ dest: file ?? 2, sync: false, mkdir: true }),
  );

export const silentLog: Log = pino({ level: 'silent' });
