import { StorageError } from '@leman/protocols';
import type { ActiveFile } from '../scheduler/active-file.ts';

const expiryOf = (token: string | undefined): number | undefined => {
  try {
    const payload = JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      exp?: unknown;
    };
    return typeof payload.exp === 'number' ? payload.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Tokens that ended while the file waited need not be tried. Only read here; the storages verify them.
 * @throws StorageError class `token-expired`
 */
export const checkTokens = (file: ActiveFile, now: number): void => {
  for (const side of ['source', 'destination'] as const) {
    const expiry = expiryOf(side === 'source' ? file.sourceToken : file.destinationToken);
    if (expiry === undefined || expiry > now) continue;
    throw new StorageError(
      `The token for the ${side} expired at ${new Date(expiry).toISOString()} while the file waited. Submit it again with a new one.`,
      {
        side,
        phase: 'prepare',
        class: 'token-expired',
      },
    );
  }
};
