import type { IncomingMessage, ServerResponse } from 'node:http';
import { FieldError, fail } from '@leman/contracts';
import { counter } from '@leman/foundation';
import { pathOfUrl } from '@leman/tokens';
import { authenticate } from './authorize.ts';
import type { StorageContext } from './context.ts';
import { copyObject } from './copy-object.ts';
import { deleteObject } from './delete-object.ts';
import { type Exchange, sendError, sendText } from './exchange.ts';
import { listProperties } from './list-properties.ts';
import { makeCollection } from './make-collection.ts';
import { moveObject } from './move-object.ts';
import { putObject } from './put-object.ts';
import { refuseProperties } from './refuse-properties.ts';
import { serveObject } from './serve-object.ts';
import { sendStorageRecord, storageRecordPath } from './storage-record.ts';

const requests = counter('leman_storage_requests_total', 'Requests answered by a storage', [
  'storage',
  'method',
  'status',
]);

type Operation = (context: StorageContext, exchange: Exchange) => Promise<void> | void;

const operations: Record<string, Operation> = {
  HEAD: serveObject,
  GET: serveObject,
  PUT: putObject,
  DELETE: deleteObject,
  MKCOL: makeCollection,
  MOVE: moveObject,
  COPY: copyObject,
  PROPFIND: listProperties,
  PROPPATCH: refuseProperties,
};
const allowed = ['OPTIONS', ...Object.keys(operations)].join(', ');

/** Pages may call from anywhere: what counts is the token, and a browser never sends one by itself. */
const crossOrigin = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Digest, Repr-Digest, ETag, Content-Range, Accept-Ranges',
};

const sendOptions = ({ headers }: IncomingMessage, response: ServerResponse): void => {
  const preflight: Record<string, string> = headers['access-control-request-method']
    ? {
        'Access-Control-Allow-Methods': allowed,
        'Access-Control-Allow-Headers': String(headers['access-control-request-headers'] ?? '*').replaceAll(
          /[^\w, -]/g,
          '',
        ),
        'Access-Control-Max-Age': '86400',
      }
    : {};
  sendText(response, 200, '', { DAV: '1', Allow: allowed, 'Accept-Ranges': 'bytes', ...preflight });
};

/** Path and query of a request target in origin or absolute form. */
const splitTarget = (target: string): [string, string] => {
  const origin = target.replace(/^https?:\/\/[^/?]*/i, '') || '/';
  const at = origin.indexOf('?');
  return at < 0 ? [origin, ''] : [origin.slice(0, at), origin.slice(at + 1)];
};

const challenge = (error: unknown, hasToken: boolean): Record<string, string> => {
  if (!(error instanceof FieldError)) return {};
  if (error.status === 401)
    return { 'WWW-Authenticate': hasToken ? 'Bearer error="invalid_token"' : 'Bearer' };
  if (error.name === 'AccessDenied') return { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' };
  return {};
};

/** Answers one request. Never throws. */
export const handleRequest = async (
  context: StorageContext,
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
): Promise<void> => {
  const started = performance.now();
  const method = request.method ?? 'GET';
  const [encodedPath, queryText] = splitTarget(request.url ?? '/');
  const query = new URLSearchParams(queryText);
  if (request.headers.origin !== undefined) {
    for (const [name, value] of Object.entries(crossOrigin)) response.setHeader(name, value);
  }
  response.on('error', () => undefined);
  let subject: string | undefined;
  try {
    await context.throttle.arrive();
    if (method === 'OPTIONS') return sendOptions(request, response);
    const path = pathOfUrl(encodedPath);
    if (path === storageRecordPath && (method === 'GET' || method === 'HEAD'))
      return sendStorageRecord(context, { request, response });
    const claims = await authenticate(context.verifier, request, query);
    subject = claims.sub;
    const operation = operations[method];
    if (!operation) throw fail('MethodNotAllowed', `${method} is not known here. Use one of: ${allowed}.`);
    const namesDirectory = encodedPath.length > 1 && encodedPath.endsWith('/');
    await operation(context, { request, response, path, namesDirectory, claims, awaitsContinue });
  } catch (error) {
    const hasToken = request.headers.authorization !== undefined || query.has('authz');
    const headers = challenge(error, hasToken);
    const status = sendError(
      request,
      response,
      error,
      status405(error) ? { ...headers, Allow: allowed } : headers,
    );
    if (status >= 500 && status !== 507 && !request.destroyed)
      context.log.error({ err: error, method, path: encodedPath }, 'request failed');
  } finally {
    requests.inc({
      storage: context.name,
      method: operations[method] ? method : 'OTHER',
      status: String(response.statusCode),
    });
    // The query may hold a token: it is never written.
    context.log.debug(
      {
        method,
        path: encodedPath,
        status: response.statusCode,
        subject,
        ms: Math.round(performance.now() - started),
      },
      'request',
    );
  }
};

const status405 = (error: unknown): boolean => error instanceof FieldError && error.status === 405;
