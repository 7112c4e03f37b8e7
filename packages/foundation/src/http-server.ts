import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { Readable } from 'node:stream';
import { FieldError, fail } from '@leman/contracts';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import { isConnectionLoss, sqlState } from './database.ts';
import type { Log } from './log.ts';
import { counter, histogram } from './metrics.ts';
import { wireJson } from './wire-json.ts';

const requests = counter('leman_http_requests_total', 'HTTP requests answered', [
  'service',
  'method',
  'route',
  'status',
]);
const durations = histogram('leman_http_request_seconds', 'Duration of HTTP requests until the last byte', [
  'service',
  'method',
  'route',
]);

export interface HttpServerOptions {
  service: string;
  log: Log;
  /** Largest JSON body taken, bytes. */
  bodyLimit?: number;
  /** Origins of pages that may call from a browser, besides the server's own. */
  allowedOrigins?: readonly string[];
  tls?: { cert: string; key: string };
  /** How errors are answered; as the field's catalogue does (`sendFieldError`) unless given. */
  sendError?: (reply: FastifyReply, error: FieldError) => FastifyReply;
  /** Rewrites the URL before routing (names with slashes). */
  rewriteUrl?: (url: string) => string;
}

export type HttpServer = FastifyInstance;

const BODY_LIMIT = 64 * 1024 * 1024;
/** Milliseconds that a refused body is read on. */
const LINGER_MS = 5_000;
const HEADER_CUT = 125;
const DEADLOCK = '40P01';
const BODY_CUT = 2_000;
/** PostgreSQL on values of a call: numeric out of range, bad date, date out of range, not of the type, no Unicode. */
const unstorable = new Set(['22003', '22007', '22008', '22P02', '22P05']);

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}...` : text);

/**
 * The error answer of the field: JSON body and headers ExceptionClass and ExceptionMessage (one line, cut to 125
 * characters), content type application/octet-stream. Reference: Rucio REST contract 1.4.
 */
export const sendFieldError = (reply: FastifyReply, error: FieldError): FastifyReply => {
  const line = error.message.replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
  return reply
    .code(error.status)
    .header('content-type', 'application/octet-stream')
    .header('ExceptionClass', error.name)
    .header('ExceptionMessage', cut(line, HEADER_CUT))
    .serializer((payload: string) => payload)
    .send(JSON.stringify({ ExceptionClass: error.name, ExceptionMessage: cut(error.message, BODY_CUT) }));
};

/** Turns anything thrown into an error of the registry. Unknown ones become a 500 that says nothing of the inside. */
export const asFieldError = (error: unknown): FieldError => {
  if (error instanceof FieldError) return error;
  const { statusCode, code, message } = (error ?? {}) as {
    statusCode?: number;
    code?: string;
    message?: string;
  };
  if (statusCode === 413) return fail('PayloadTooLarge', 'The body is too large. Send fewer items per call.');
  if (isConnectionLoss(error) || sqlState(error) === DEADLOCK) {
    return fail('DatabaseException', 'The database does not answer at the moment. Try again.', {
      cause: error,
    });
  }
  // Text with a NUL character: PostgreSQL cannot store it.
  if (sqlState(error) === '22021')
    return fail('ValueError', 'A text holds the character NUL. Send it without.', { cause: error });
  if (unstorable.has(sqlState(error) ?? ''))
    return fail(
      'ValueError',
      'A value cannot be stored: it is no Unicode text, or out of range. Correct it.',
      {
        cause: error,
      },
    );
  if (error instanceof RangeError && error.message.includes('call stack'))
    return fail('ValueError', 'The body is nested too deeply. Send it flat.', { cause: error });
  if (statusCode && statusCode >= 400 && statusCode < 500)
    return fail('ValueError', message ?? 'Bad request', { status: statusCode });
  return fail('RucioException', `Internal error${code ? ` (${code})` : ''}. The server's log says more.`, {
    cause: error,
  });
};

/**
 * Writes the name of one header as the field does. Header names mean the same in any case, yet some clients of the
 * field look for exactly `Content-Type`; the framework writes it in lower case.
 */
class FieldResponse extends ServerResponse {
  override setHeader(name: string, value: number | string | readonly string[]): this {
    return super.setHeader(name === 'content-type' ? 'Content-Type' : name, value);
  }

  override writeHead(status: number, ...rest: unknown[]): this {
    const headers = rest.at(-1) as Record<string, unknown> | undefined;
    if (headers && typeof headers === 'object' && 'content-type' in headers) {
      const { 'content-type': type, ...others } = headers;
      rest[rest.length - 1] = { 'Content-Type': type, ...others };
    }
    return super.writeHead(status, ...(rest as [OutgoingHttpHeaders]));
  }
}

/** Reads on, and forgets, what a client still sends after its refusal, so that it gets to the answer; not for ever. */
const lingerBriefly = (request: IncomingMessage): void => {
  if (request.complete) return;
  request.resume();
  const timer = setTimeout(() => request.destroy(), LINGER_MS).unref();
  request.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer));
};

/**
 * A Fastify server with the conventions of the field: bodies are JSON whatever their content type (parsed lazily by
 * `jsonBody`), trailing slashes do not matter, errors as above, CORS for known origins, `Cache-Control` on GET.
 */
export const createHttpServer = (options: HttpServerOptions): HttpServer => {
  const sendError = options.sendError ?? sendFieldError;
  const allowed = new Set(options.allowedOrigins ?? []);
  const server = fastify({
    loggerInstance: options.log as unknown as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimit ?? BODY_LIMIT,
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 4000 },
    // Paths that cannot be decoded, or have too long a part, are refused before any route is found.
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) =>
      sendError(reply, asFieldError(error)),
    forceCloseConnections: true,
    requestTimeout: 0,
    ...(options.tls
      ? { https: { ...options.tls, ServerResponse: FieldResponse } }
      : { http: { ServerResponse: FieldResponse } }),
    ...(options.rewriteUrl
      ? { rewriteUrl: (request: { url?: string }) => options.rewriteUrl!(request.url ?? '/') }
      : {}),
  } as Parameters<typeof fastify>[0]) as unknown as HttpServer;

  // Clients of the field send JSON without a content type; GET and DELETE may carry one too.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  for (const method of ['GET', 'DELETE', 'HEAD'] as const)
    server.addHttpMethod(method, { hasBody: true, overrideExisting: true });

  server.addHook('onRequest', async (request, reply) => {
    const origin = request.headers.origin;
    const own = origin !== undefined && URL.parse(origin)?.host === request.headers.host;
    if (origin && (own || allowed.has(origin))) {
      reply.header('access-control-allow-origin', origin);
      reply.header('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '*');
      reply.header('access-control-allow-methods', '*');
      reply.header('access-control-allow-credentials', 'true');
      reply.header('vary', 'origin');
    }
    if (request.method === 'GET')
      reply.header('cache-control', 'no-cache, no-store, max-age=0, must-revalidate');
    if (request.method === 'OPTIONS')
      return reply.code(origin && (own || allowed.has(origin)) ? 204 : 403).send();
  });
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    requests.inc({
      service: options.service,
      method: request.method,
      route,
      status: String(reply.statusCode),
    });
    durations.observe({ service: options.service, method: request.method, route }, reply.elapsedTime / 1000);
  });
  server.addHook('onResponse', async (request) => lingerBriefly(request.raw));
  server.setErrorHandler((error, _request, reply) => {
    const known = asFieldError(error);
    // A connection that closes while the client still writes takes the answer with it.
    if (known.status === 413) reply.removeHeader('connection');
    if (known.status >= 500) options.log.error({ err: error }, 'request failed');
    return sendError(reply, known);
  });
  server.setNotFoundHandler((request, reply) =>
    sendError(reply, fail('NotFound', `There is nothing at ${request.method} ${request.url.split('?')[0]}.`)),
  );
  return server;
};

/** Listens and returns the port (useful with port 0). */
export const listen = async (server: HttpServer, host: string, port: number): Promise<number> => {
  await server.listen({ host, port });
  return (server.server.address() as { port: number }).port;
};

/**
 * The JSON body of a request.
 * @throws ValueError 400 when the body is not JSON; TypeError 400 when its top is not of the wanted kind.
 */
export function jsonBody(request: FastifyRequest, kind?: 'dictionary'): Record<string, unknown>;
export function jsonBody(request: FastifyRequest, kind: 'list'): unknown[];
export function jsonBody(request: FastifyRequest, kind: 'any'): unknown;
export function jsonBody(
  request: FastifyRequest,
  kind: 'dictionary' | 'list' | 'any' = 'dictionary',
): unknown {
  const raw = request.body as Buffer | undefined;
  let value: unknown;
  try {
    value = JSON.parse(raw?.toString('utf8') ?? '');
  } catch {
    throw fail('ValueError', `cannot decode json parameter ${kind === 'any' ? 'document' : kind}`);
  }
  const isList = Array.isArray(value);
  if (kind === 'dictionary' && (isList || typeof value !== 'object' || value === null)) {
    throw fail('TypeError', 'body must be a json dictionary');
  }
  if (kind === 'list' && !isList) throw fail('TypeError', 'body must be a json list');
  return value;
}

/** JSON answer with the exact content type of the field (clients compare it by equality). */
export const sendJson = (reply: FastifyReply, value: unknown, status = 200): FastifyReply =>
  reply
    .code(status)
    .header('content-type', 'application/json')
    .serializer((payload: string) => payload)
    .send(wireJson(value));

/** The text answers of the field: `Created`, `Deleted`, empty. */
export const sendText = (reply: FastifyReply, text: string, status = 200): FastifyReply =>
  reply.code(status).header('content-type', 'text/html; charset=utf-8').send(text);

const STREAM_CHUNK = 64 * 1024;

/**
 * Streams one JSON document per line (application/x-json-stream). The first element is produced before the status
 * goes out, so an error of the first element still gets its proper status. Constant memory; waits for the client.
 * Items that are strings already made into JSON text are passed as they are when `raw` is set.
 */
export const sendJsonStream = async (
  reply: FastifyReply,
  rows: AsyncIterable<unknown> | Iterable<unknown>,
  options: { raw?: boolean; contentType?: string } = {},
): Promise<FastifyReply> => {
  const iterator = (
    Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]()
  ) as AsyncIterator<unknown>;
  const first = await iterator.next();
  const lines = async function* () {
    let buffer = '';
    try {
      for (let item = first; !item.done; item = await iterator.next()) {
        buffer += options.raw ? (item.value as string) : wireJson(item.value);
        buffer += '\n';
        if (buffer.length >= STREAM_CHUNK) {
          yield buffer;
          buffer = '';
        }
      }
      if (buffer) yield buffer;
    } finally {
      await iterator.return?.();
    }
  };
  return reply
    .code(200)
    .header('content-type', options.contentType ?? 'application/x-json-stream')
    .send(Readable.from(lines(), { objectMode: false, highWaterMark: STREAM_CHUNK }));
};

/**
 * Holds a request to the media types an endpoint gives.
 * @throws UnsupportedRequestedContentType 406 when Accept names others only.
 */
export const requireAccept = (request: FastifyRequest, given: readonly string[]): void => {
  const accept = request.headers.accept;
  if (!accept || accept.includes('*/*')) return;
  const wanted = accept.split(',').map((part) => part.split(';')[0]!.trim());
  if (!wanted.some((type) => given.includes(type))) {
    throw fail(
      'UnsupportedRequestedContentType',
      `The requested content type ${accept} is not supported. Use ${given.join(' or ')}.`,
    );
  }
};

export type { FastifyReply, FastifyRequest, TlsServer };
