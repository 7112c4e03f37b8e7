import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { fail } from '@leman/contracts';
import { redactUrl } from '@leman/foundation';
import { requireRight } from './authorize.ts';
import { checksumOf } from './checksum.ts';
import type { StorageContext } from './context.ts';
import { overwriteAllowed } from './destination.ts';
import { adler32Headers, readDigests } from './digests.ts';
import type { Exchange } from './exchange.ts';
import { startMarkers } from './marker-stream.ts';
import { type Entry, requireEntry } from './namespace.ts';
import { peerFailure } from './peer-failure.ts';
import { peerUrl } from './peers.ts';
import { readFile, type Sink } from './read-file.ts';
import { guardStall } from './stall-guard.ts';
import { forwardedHeaders } from './transfer-request.ts';

/** Writes to a request; resolves when the bytes went to the kernel. */
const sinkOf =
  (outgoing: ClientRequest, moved: (bytes: number) => void): Sink =>
  (chunk) =>
    new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error('the destination closed the connection'));
      if (outgoing.destroyed) return gone();
      outgoing.once('close', gone);
      outgoing.write(chunk, (error) => {
        outgoing.off('close', gone);
        if (error) return reject(error);
        moved(chunk.length);
        resolve();
      });
    });

const drain = (response: IncomingMessage): void => {
  response.on('error', () => undefined).resume();
};

/**
 * Compares what the destination says it has; one that says nothing, or does not let us ask, is believed.
 * @throws FileConsistencyMismatch 412
 */
const requireSame = (response: IncomingMessage, adler32: string, size?: number): void => {
  const { digest, 'content-length': length } = response.headers;
  const said = readDigests({ digest } as IncomingMessage['headers']).adler32;
  if (said !== undefined && said !== adler32)
    throw fail('FileConsistencyMismatch', `The destination has the adler32 ${said}, sent was ${adler32}.`);
  if (size !== undefined && length !== undefined && Number(length) !== size) {
    throw fail('FileConsistencyMismatch', `The destination has ${length} bytes, sent were ${size}.`);
  }
};

/**
 * COPY with Destination: sends an object to another storage and checks that it arrived as it is.
 * @throws InvalidValueForKey 400, AccessDenied 403, NotFound 404, FileConsistencyMismatch 412 when it is not what the
 * client expects
 */
export const pushObject = async (
  context: StorageContext,
  exchange: Exchange,
  destination: string,
): Promise<void> => {
  const { request, response, claims, path } = exchange;
  const url = peerUrl(destination);
  requireRight(claims, 'read', path);
  const forwarded = forwardedHeaders(exchange);
  const found = requireEntry(context, path);
  if (!found.stat.isFile())
    throw fail('MethodNotAllowed', `${path} is a directory. Copy its files one by one.`);
  const handle = openSync(found.absolute, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const entry: Entry = { ...found, stat: fstatSync(handle) };
    const { size } = entry.stat;
    const adler32 = await checksumOf(context, entry);
    const expected = readDigests(request.headers).adler32;
    if (expected !== undefined && expected !== adler32) {
      throw fail(
        'FileConsistencyMismatch',
        `The object has the adler32 ${adler32}, expected was ${expected}.`,
      );
    }
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort(new Error('the client closed the connection'));
    });
    const markers = startMarkers(response, context.clock.now);
    const guard = guardStall([gone.signal, context.stopping], 'the destination');
    const common = { url, signal: guard.signal, onConnection: markers.connectedTo };
    const headers = { 'User-Agent': 'leman-storage', ...forwarded };
    try {
      const answer = await context.peers.request({
        ...common,
        method: 'PUT',
        headers: {
          ...headers,
          'Content-Length': String(size),
          'Content-Type': 'application/octet-stream',
          Expect: '100-continue',
          ...adler32Headers(adler32),
          ...(overwriteAllowed(exchange) ? {} : { 'If-None-Match': '*' }),
        },
        send: async (outgoing) => {
          const sink = sinkOf(outgoing, (bytes) => {
            guard.moved();
            markers.add(bytes);
          });
          await readFile(context, handle, { position: 0, length: size }, sink);
          outgoing.end();
        },
      });
      drain(answer);
      const { statusCode = 0 } = answer;
      if (![200, 201, 204].includes(statusCode)) throw peerFailure('destination', url, statusCode);
      if (answer.headers.digest) {
        requireSame(answer, adler32);
      } else {
        const look = await context.peers.request({
          ...common,
          method: 'HEAD',
          headers: { ...headers, 'Want-Digest': 'adler32' },
        });
        drain(look);
        if (look.statusCode === 200) requireSame(look, adler32, size);
      }
      markers.succeed(adler32);
    } catch (error) {
      context.log.info({ err: error, path, destination: redactUrl(url.href) }, 'push failed');
      markers.fail(guard.signal.aborted ? guard.signal.reason : error);
    } finally {
      guard.stop();
    }
  } finally {
    closeSync(handle);
  }
};
