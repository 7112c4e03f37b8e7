import { plainText } from '@leman/contracts';
import type { StorageError } from '@leman/protocols';
import type { TransferConfig } from '../config.ts';
import type { ActiveFile, Failure } from './active-file.ts';

const errnos: Partial<Record<StorageError['class'], number>> = {
  missing: 2,
  unauthenticated: 13,
  denied: 13,
  'token-expired': 13,
  exists: 17,
  changed: 17,
  full: 28,
  unsupported: 95,
  refused: 111,
  reset: 104,
  dns: 113,
  'connect-timeout': 110,
  timeout: 110,
  stalled: 110,
  canceled: 125,
  'bad-request': 22,
};

const scopes = { source: 'SOURCE', destination: 'DESTINATION', transfer: 'TRANSFER' } as const;

/** errno of an error class as FTS reports it; 5 (EIO) for what has none. */
export const errnoOf = (error: StorageError): number => errnos[error.class] ?? 5;

/** FTS's reason text: `SCOPE [errno] message`. Clients of the field look for these words. */
export const reasonText = (error: StorageError): string => {
  const text =
    error.class === 'exists' && error.side === 'destination'
      ? `Destination file exists and overwrite is not enabled (${error.message})`
      : error.message;
  return plainText(`${scopes[error.side]} [${errnoOf(error)}] ${text}`, 2048);
};

/** A storage that is full needs somebody to make room: who asked for the copy decides what then. */
const destinationDown = (error: StorageError): boolean =>
  error.side === 'destination' && error.ofStorage && error.class !== 'full';

const allowedRetries = (file: ActiveFile, error: StorageError, config: TransferConfig): number => {
  if (file.jobRetry < 0) return 0;
  const allowed = file.jobRetry || config.retry;
  return destinationDown(error) ? Math.max(allowed, config.retryDestination) : allowed;
};

/** Milliseconds to wait before the next attempt, or undefined when there is none. */
export const retryDelay = (
  file: ActiveFile,
  failure: Failure,
  config: TransferConfig,
): number | undefined => {
  if (failure.final || !failure.error.retryable || file.jobType === 'R') return undefined;
  if (file.retry >= allowedRetries(file, failure.error, config)) return undefined;
  const seconds =
    file.retryDelay || Math.min(config.retryMaxSeconds, config.retryFirstSeconds * 2 ** file.retry);
  return Math.round(seconds * 1000 * (0.75 + Math.random() / 2));
};
