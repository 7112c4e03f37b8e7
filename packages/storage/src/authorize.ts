import type { IncomingMessage } from 'node:http';
import { fail } from '@leman/contracts';
import {
  allows,
  allowsMakeCollection,
  allowsStat,
  type Claims,
  type StorageOperation,
  type Verifier,
} from '@leman/tokens';

/** The token of a request: from the Authorization header, else from `?authz=` (with or without "Bearer "). */
const tokenOf = (request: IncomingMessage, query: URLSearchParams): string | undefined => {
  const header = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (header) return header;
  const authz = query.get('authz')?.trim();
  return authz ? authz.replace(/^Bearer\s+/i, '') : undefined;
};

/** @throws CannotAuthenticate 401 */
export const authenticate = async (
  verifier: Verifier,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<Claims> => {
  const token = tokenOf(request, query);
  if (!token)
    throw fail(
      'CannotAuthenticate',
      'A token is needed. Send "Authorization: Bearer" and a token for this storage.',
    );
  return verifier.verify(token);
};

const refuse = (operation: string, path: string) =>
  fail('AccessDenied', `The token does not allow to ${operation} ${path}. Ask for a token with that right.`, {
    status: 403,
  });

/** @throws AccessDenied 403 */
export const requireRight = (claims: Claims, operation: StorageOperation, path: string): void => {
  if (!allows(claims.scope, operation, path)) throw refuse(operation, path);
};

/** @throws AccessDenied 403 */
export const requireStat = (claims: Claims, path: string): void => {
  if (!allowsStat(claims.scope, path)) throw refuse('look at', path);
};

/** @throws AccessDenied 403 */
export const requireMakeCollection = (claims: Claims, path: string): void => {
  if (!allowsMakeCollection(claims.scope, path)) throw refuse('make a directory at', path);
};

export const mayOverwrite = (claims: Claims, path: string): boolean => allows(claims.scope, 'modify', path);
