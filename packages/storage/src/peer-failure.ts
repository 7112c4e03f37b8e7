import { type ErrorName, type FieldError, fail } from '@leman/contracts';

const names: Record<number, ErrorName> = {
  401: 'CannotAuthenticate',
  403: 'AccessDenied',
  404: 'NotFound',
  409: 'FileAlreadyExists',
  412: 'FileConsistencyMismatch',
};

/** What it means for a copy that the other side answered with this status; the status is kept. */
export const peerFailure = (side: 'source' | 'destination', url: URL, status: number): FieldError =>
  fail(
    names[status] ?? 'ResourceTemporaryUnavailable',
    `The ${side} ${url.origin} answers with status ${status}.`,
    {
      status: status < 400 ? 502 : status,
    },
  );
