import type { IncomingMessage } from 'node:http';
import { fail } from '@leman/contracts';
import { redactUrl } from '@leman/foundation';
import { mayOverwrite, requireRight } from './authorize.ts';
import type { StorageContext } from './context.ts';
import { overwriteAllowed } from './destination.ts';
import { type Digests, readDigests } from './digests.ts';
import type { Exchange } from './exchange.ts';
import { type MarkerStream, startMarkers } from './marker-stream.ts';
import { absoluteOf, lookUp, nearestDirectory } from './namespace.ts';
import { peerFailure } from './peer-failure.ts';
import { peerUrl } from './peers.ts';
import { receiveObject } from './receive-object.ts';
import { guardStall, type StallGuard } from './stall-guard.ts';
import { forwardedHeaders } from './transfer-request.ts';

interface Pull {
  url: URL;
  headers: Record<string, string>;
  /** What the client says the object must be. */
  promised: Digests;
  mustBeNew: boolean;
}

/** The digests to hold the object to: those of the client and those of the source must agree. */
const expectedOf = (promised: Digests, response: IncomingMessage): Digests => {
  const said = readDigests({
    digest: response.headers.digest,
    'repr-digest': response.headers['repr-digest'],
  } as IncomingMessage['headers']);
  for (const [algorithm, value] of Object.entries(promised) as [keyof Digests, string][]) {
    if (said[algorithm] !== undefined && said[algorithm] !== value) {
      throw fail(
        'FileConsistencyMismatch',
        `The source has the ${algorithm} ${said[algorithm]}, expected was ${value}.`,
      );
    }
  }
  return { ...said, ...promised };
};

/** What the source says to a plain HEAD: XRootD 5 answers 500 when asked for the digest of what is not there. */
const plainStatus = async (context: StorageContext, pull: Pull, signal: AbortSignal): Promise<number> => {
  const response = await context.peers.request({
    method: 'HEAD',
    url: pull.url,
    headers: pull.headers,
    signal,
  });
  response.resume();
  return response.statusCode ?? 0;
};

const requireWhole = async (
  context: StorageContext,
  pull: Pull,
  response: IncomingMessage,
  signal: AbortSignal,
): Promise<void> => {
  const { statusCode = 0 } = response;
  if (statusCode === 200) return;
  const range = /^bytes 0-(\d+)\/(\d+)$/.exec(response.headers['content-range'] ?? '');
  if (statusCode === 206 && range && Number(range[1]) + 1 === Number(range[2])) return;
  const status =
    statusCode >= 500 ? await plainStatus(context, pull, signal).catch(() => statusCode) : statusCode;
  throw peerFailure('source', pull.url, status >= 400 ? status : statusCode);
};

const fetchObject = async (
  context: StorageContext,
  path: string,
  pull: Pull,
  markers: MarkerStream,
  guard: StallGuard,
): Promise<string> => {
  const response = await context.peers.request({
    method: 'GET',
    url: pull.url,
    headers: {
      'User-Agent': 'leman-storage',
      Accept: '*/*',
      'Want-Digest': 'adler32',
      'Want-Repr-Digest': 'adler=5',
      ...pull.headers,
    },
    signal: guard.signal,
    onConnection: markers.connectedTo,
  });
  guard.moved();
  let incoming: ReturnType<typeof receiveObject> | undefined;
  try {
    await requireWhole(context, pull, response, guard.signal);
    const length = response.headers['content-length'];
    const isEncoded = response.headers['content-encoding'] !== undefined;
    if (isEncoded)
      throw fail(
        'UnsupportedOperation',
        'The source answers with a content encoding, which nobody asked for.',
      );
    incoming = receiveObject(context, {
      path,
      size: length === undefined ? undefined : Number(length),
      expected: expectedOf(pull.promised, response),
    });
    for await (const chunk of response as AsyncIterable<Buffer>) {
      guard.moved();
      markers.add(chunk.length);
      await context.throttle.pass(chunk.length);
      await incoming.write(chunk);
    }
    guard.signal.throwIfAborted();
    if (!response.complete)
      throw fail(
        'ResourceTemporaryUnavailable',
        'The source ended the connection before the object was whole.',
      );
    return (await incoming.publish({ mustBeNew: pull.mustBeNew })).adler32;
  } catch (error) {
    response.destroy();
    guard.signal.throwIfAborted();
    if ((error as { code?: string }).code === 'ECONNRESET') {
      throw fail(
        'ResourceTemporaryUnavailable',
        'The source ended the connection before the object was whole.',
        { cause: error },
      );
    }
    throw error;
  } finally {
    await incoming?.close();
  }
};

/**
 * COPY with Source: fetches an object from another storage. What can be refused is refused with a status; from then on
 * the last line of the answer decides. A failure leaves nothing.
 * @throws InvalidValueForKey 400, AccessDenied 403, FileAlreadyExists 412
 */
export const pullObject = async (
  context: StorageContext,
  exchange: Exchange,
  source: string,
): Promise<void> => {
  const { request, response, claims, path } = exchange;
  const url = peerUrl(source);
  requireRight(claims, 'create', path);
  const present = lookUp(context, path);
  if (present?.stat.isDirectory() || exchange.namesDirectory)
    throw fail('MethodNotAllowed', `${path} names a directory. Choose another name.`);
  if (present && !overwriteAllowed(exchange)) {
    throw fail('FileAlreadyExists', `There is something at ${path} already, and overwriting was forbidden.`, {
      status: 412,
    });
  }
  if (present) requireRight(claims, 'modify', path);
  nearestDirectory(absoluteOf(context, path));
  const pull: Pull = {
    url,
    headers: forwardedHeaders(exchange),
    promised: readDigests(request.headers),
    mustBeNew: !overwriteAllowed(exchange) || !mayOverwrite(claims, path),
  };
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the client closed the connection'));
  });
  const markers = startMarkers(response, context.clock.now);
  const guard = guardStall([gone.signal, context.stopping], 'the source');
  try {
    markers.succeed(await fetchObject(context, path, pull, markers, guard));
  } catch (error) {
    context.log.info({ err: error, path, source: redactUrl(url.href) }, 'pull failed');
    markers.fail(error);
  } finally {
    guard.stop();
  }
};
