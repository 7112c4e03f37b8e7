import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fail } from '@leman/contracts';
import { requireMakeCollection } from './authorize.ts';
import type { StorageContext } from './context.ts';
import { type Exchange, sendText } from './exchange.ts';
import { absoluteOf, isCode, lookUp } from './namespace.ts';

/** MKCOL (RFC 4918 9.3). @throws MethodNotAllowed 405 when it is there, InvalidPath 409 without parent, 415 with a body */
export const makeCollection = (
  context: StorageContext,
  { request, response, claims, path }: Exchange,
): void => {
  requireMakeCollection(claims, path);
  if (Number(request.headers['content-length'] ?? 0) > 0 || request.headers['transfer-encoding']) {
    throw fail('UnsupportedRequestedContentType', 'A directory is made without a body.', { status: 415 });
  }
  const exists = () => fail('MethodNotAllowed', `There is something at ${path} already.`);
  if (lookUp(context, path)) throw exists();
  if (!lookUp(context, dirname(path))?.stat.isDirectory()) {
    throw fail('InvalidPath', `There is no directory ${dirname(path)}. Make it first.`, { status: 409 });
  }
  try {
    mkdirSync(absoluteOf(context, path));
  } catch (error) {
    if (isCode(error, 'EEXIST')) throw exists();
    throw error;
  }
  sendText(response, 201);
};
