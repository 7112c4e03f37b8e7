import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Claims } from '@leman/tokens';
import { asStorageError } from './storage-error.ts';

/** One request with its answer, as the operations see it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Canonical decoded path. */
  readonly path: string;
  /** Whether the URL ended with a slash: it means a directory. */
  readonly namesDirectory: boolean;
  readonly claims: Claims;
  /** Whether the client waits for a word before it sends the body (RFC 9110 10.1.1). */
  readonly awaitsContinue: boolean;
}

/** Of a body nobody wants, this much is read so that the client sees the answer; then the connection is cut. */
const DRAIN_AT_MOST_BYTES = 16 * 1024 * 1024;
const DRAIN_AT_MOST_MS = 5_000;

/** Whether the request still has a body that nobody read. */
const isBodyPending = (request: IncomingMessage): boolean =>
  !request.complete &&
  (request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0);

/** A whole answer with a short text. */
export const sendText = (
  response: ServerResponse,
  status: number,
  text = '',
  headers: Record<string, string> = {},
): void => {
  if (response.headersSent || response.destroyed) return;
  const typed: Record<string, string> = text ? { 'Content-Type': 'text/plain; charset=utf-8' } : {};
  const isEmpty = status === 204 || status === 304;
  response.writeHead(status, {
    ...typed,
    ...headers,
    ...(isEmpty ? {} : { 'Content-Length': String(Buffer.byteLength(text)) }),
  });
  response.end(response.req.method === 'HEAD' ? '' : text);
};

/** Tells the client it may send the body, if it waits for that. */
export const letBodyCome = (exchange: Exchange): void => {
  if (exchange.awaitsContinue) exchange.response.writeContinue();
};

/**
 * Answers an error in one line: the stable name, then the sentence. A body under way is read for a while so that the
 * client can see the answer, and the connection is closed after.
 */
export const sendError = (
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  headers: Record<string, string> = {},
): number => {
  const known = asStorageError(error);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return known.status;
  }
  const body = Buffer.from(`${known.name}: ${known.message}\n`);
  const closing = isBodyPending(request);
  response.writeHead(known.status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(body.length),
    ...(known.status === 503 ? { 'Retry-After': '5' } : {}),
    ...(closing ? { Connection: 'close' } : {}),
    ...headers,
  });
  if (!closing) {
    response.end(request.method === 'HEAD' ? undefined : body);
    return known.status;
  }
  response.write(body);
  let left = DRAIN_AT_MOST_BYTES;
  const finish = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(finish, DRAIN_AT_MOST_MS);
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) finish();
  });
  request.once('end', finish).once('close', finish);
  // Who waited for a word sends nothing when the word is no.
  if (request.headers.expect) finish();
  return known.status;
};
