import { createHash } from 'node:crypto';
import { fail } from '@leman/contracts';
import type { FastifyRequest } from '@leman/foundation';
import type { Verifier } from '@leman/tokens';
import { forbidden } from './fts-error.ts';

/** Who calls, in FTS's words. */
export interface Caller {
  user_dn: string;
  vos: string[];
  /** Delegation id: the first 16 hex digits of SHA-1 of issuer and subject. */
  cred_id: string;
  admin: boolean;
  scope: string;
  /** The login token: does the work of jobs that bring no tokens of their own. */
  token: string;
}

export type Authenticate = (request: FastifyRequest) => Promise<Caller>;

/** Groups of the token, else the configured organisation; the first one is the one jobs belong to. */
const vosOf = (claims: Record<string, unknown>, vo: string): string[] => {
  const groups = claims['wlcg.groups'];
  if (!Array.isArray(groups) || groups.length === 0) return [vo];
  return groups.map((group) => String(group).replace(/^\//, ''));
};

/**
 * The bearer of a request.
 * @throws CannotAuthenticate 401 without a token or with one that does not hold.
 */
export const createAuthenticate = (
  verifier: Verifier,
  adminSubjects: readonly string[],
  vo: string,
): Authenticate => {
  const admins = new Set(adminSubjects);
  return async (request) => {
    const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!token)
      throw fail(
        'CannotAuthenticate',
        'No token came with the request. Send "Authorization: Bearer" and a token.',
      );
    const claims = await verifier.verify(token);
    return {
      user_dn: claims.sub,
      vos: vosOf(claims, vo),
      cred_id: createHash('sha1')
        .update(claims.iss + claims.sub)
        .digest('hex')
        .slice(0, 16),
      admin: admins.has(claims.sub),
      scope: claims.scope,
      token,
    };
  };
};

/** @throws AccessDenied 403 for everybody but administrators. */
export const requireAdmin = (caller: Caller): void => {
  if (!caller.admin)
    throw forbidden(`${caller.user_dn} is no administrator of this service. Ask one of them.`);
};
