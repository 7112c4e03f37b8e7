import { fail } from '@leman/contracts';
import type { FastifyRequest, HttpServer } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { authenticate } from './authenticate.ts';

/** The address of the client, as a proxy in front tells it. */
export const clientIp = (request: FastifyRequest): string => {
  const forwarded = request.headers['x-forwarded-for'];
  const text = Array.isArray(forwarded) ? forwarded[0] : forwarded;
  return (text?.split(',')[0]?.trim() || request.ip).slice(0, 64);
};

/**
 * Sets `request.caller` on every route that is not open, before the body is read.
 * Answers 400 ValueError without a token and 401 CannotAuthenticate for a bad one.
 */
export const requireToken = (server: HttpServer, lake: Lake): void => {
  server.decorateRequest('caller');
  server.addHook('onRequest', async (request) => {
    if (request.is404 || request.routeOptions.config.open) return;
    const token = request.headers['x-rucio-auth-token'];
    if (typeof token !== 'string' || token === '') {
      throw fail(
        'ValueError',
        'Token must be set. Log in at /auth/userpass and send it as X-Rucio-Auth-Token.',
      );
    }
    request.caller = await authenticate(lake, token, clientIp(request));
  });
};
