import { type Facts, plainText, type ReasonCode } from '@leman/contracts';

/** UTF-16 units kept of what a storage says. */
const MOST_MESSAGE = 4_000;
const MOST_BODY = 4_000;

/** Which end of a copy an error belongs to; a plain operation is `destination` when it writes, else `source`. */
export type Side = 'source' | 'destination' | 'transfer';
export type Phase = 'connect' | 'prepare' | 'copy' | 'verify' | 'clean';

interface ErrorClass {
  source: ReasonCode;
  destination: ReasonCode;
  transfer: ReasonCode;
  /** Whether the same call may succeed later without anybody changing anything. */
  retryable: boolean;
  /** Whether it says something about the storage as a whole, so that the next file would fare the same. */
  ofStorage: boolean;
}

const both = (code: ReasonCode, retryable: boolean, ofStorage = false): ErrorClass => ({
  source: code,
  destination: code,
  transfer: code,
  retryable,
  ofStorage,
});
const down = (retryable = true): ErrorClass => ({
  source: 'SOURCE_DOWN',
  destination: 'DESTINATION_DOWN',
  transfer: 'TRANSFER_FAILED',
  retryable,
  ofStorage: true,
});
const denied = (): ErrorClass => ({
  source: 'SOURCE_DENIED',
  destination: 'DESTINATION_DENIED',
  transfer: 'TRANSFER_FAILED',
  retryable: false,
  ofStorage: true,
});

/** Every way a storage operation can fail, and what each means for the file and for the storage. */
export const errorClasses = {
  missing: {
    source: 'SOURCE_MISSING',
    destination: 'TRANSFER_FAILED',
    transfer: 'TRANSFER_FAILED',
    retryable: false,
    ofStorage: false,
  },
  unauthenticated: denied(),
  denied: denied(),
  'token-expired': { ...denied(), ofStorage: false },
  exists: both('DESTINATION_EXISTS', false),
  changed: both('DESTINATION_EXISTS', false),
  full: { ...both('DESTINATION_FULL', true, true), source: 'SOURCE_DOWN' },
  overloaded: down(),
  'server-error': down(),
  dns: down(),
  refused: down(),
  tls: down(),
  'connect-timeout': down(),
  reset: down(),
  unsupported: both('TRANSFER_FAILED', false),
  'bad-request': both('TRANSFER_FAILED', false),
  stalled: both('TIMEOUT', true),
  timeout: both('TIMEOUT', true, true),
  aborted: both('TRANSFER_FAILED', true),
  // Its connection was cut in the middle: the server that ran the copy is gone, and with it the other copies it ran.
  interrupted: both('TRANSFER_FAILED', true, true),
  failure: both('TRANSFER_FAILED', true),
  checksum: {
    source: 'SOURCE_CORRUPT',
    destination: 'CHECKSUM_MISMATCH',
    transfer: 'CHECKSUM_MISMATCH',
    retryable: true,
    ofStorage: false,
  },
  size: {
    source: 'SOURCE_CORRUPT',
    destination: 'SIZE_MISMATCH',
    transfer: 'SIZE_MISMATCH',
    retryable: true,
    ofStorage: false,
  },
  canceled: both('CANCELED', false),
} as const satisfies Record<string, ErrorClass>;

export type ErrorClassName = keyof typeof errorClasses;

export interface StorageErrorDetails {
  side: Side;
  phase: Phase;
  class: ErrorClassName;
  /** host:port of the storage that answered, or did not. */
  host?: string | undefined;
  httpStatus?: number | undefined;
  /** First 1 kB of what the remote said. */
  body?: string | undefined;
  cause?: unknown;
}

/** A failed storage operation. `message` never holds a credential; URLs in it have no query. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly side: Side;
  readonly phase: Phase;
  readonly class: ErrorClassName;
  readonly host: string | undefined;
  readonly httpStatus: number | undefined;
  readonly body: string | undefined;

  constructor(message: string, details: StorageErrorDetails) {
    super(plainText(message, MOST_MESSAGE), { cause: details.cause });
    this.side = details.side;
    this.phase = details.phase;
    this.class = details.class;
    this.host = details.host;
    this.httpStatus = details.httpStatus;
    this.body = details.body === undefined ? undefined : plainText(details.body, MOST_BODY);
  }

  /** Reason code of the contracts. */
  get code(): ReasonCode {
    return errorClasses[this.class][this.side];
  }

  /** True when a later try may succeed. Bytes that are wrong at the source stay wrong. */
  get retryable(): boolean {
    return errorClasses[this.class].retryable && !(this.side === 'source' && this.code === 'SOURCE_CORRUPT');
  }

  get ofStorage(): boolean {
    return errorClasses[this.class].ofStorage;
  }

  /** Facts of the reason, for `sayReason` and for programs. */
  get facts(): Facts {
    const facts: Facts = { detail: this.message, class: this.class, side: this.side, phase: this.phase };
    if (this.host) {
      facts.host = this.host;
      if (this.side !== 'transfer') facts[this.side] = this.host;
    }
    if (this.httpStatus !== undefined) facts.http_status = this.httpStatus;
    if (this.body) facts.remote = this.body;
    return facts;
  }
}

const changed = (
  error: StorageError,
  change: Partial<Pick<StorageErrorDetails, 'side' | 'phase' | 'class'>>,
): StorageError => {
  const { side, phase, class: name, host, httpStatus, body, cause } = error;
  return new StorageError(error.message, {
    side,
    phase,
    class: name,
    host,
    httpStatus,
    body,
    cause,
    ...change,
  });
};

/** The same error seen from another side or phase of a copy. */
export const seenFrom = (error: StorageError, side: Side, phase: Phase): StorageError =>
  changed(error, { side, phase });

/** The same error, meaning something else for what is to be done next. */
export const reclassify = (error: StorageError, name: ErrorClassName): StorageError =>
  changed(error, { class: name });
