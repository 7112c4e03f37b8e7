import { sendJson } from '@leman/foundation';
import { forbidden, notFound } from './fts-error.ts';
import type { AddRoutes } from './service.ts';

const HOUR_MS = 3_600_000;

/**
 * `/delegation`: callers with tokens have nothing to delegate; clients that ask first are told of a credential that
 * lasts, and go on. X.509 proxies are not taken.
 */
export const delegationRoutes: AddRoutes = (server, service) => {
  const own = (callerId: string, asked: string) => {
    if (callerId !== asked) throw forbidden('The delegation id is not that of the caller');
  };
  server.get<{ Params: { id: string } }>('/delegation/:id', async (request, reply) => {
    const caller = await service.authenticate(request);
    own(caller.cred_id, request.params.id);
    const ends = new Date(service.clock.now() + 12 * HOUR_MS).toISOString().slice(0, 19);
    return sendJson(reply, { termination_time: ends, voms_attrs: [] });
  });
  server.delete<{ Params: { id: string } }>('/delegation/:id', async (request) => {
    const caller = await service.authenticate(request);
    own(caller.cred_id, request.params.id);
    throw notFound('There is no delegated credential: this service works with tokens');
  });
  for (const [method, path] of [
    ['GET', 'request'],
    ['PUT', 'credential'],
    ['POST', 'credential'],
    ['POST', 'voms'],
  ] as const) {
    server.route({
      method,
      url: `/delegation/:id/${path}`,
      handler: async (request) => {
        await service.authenticate(request);
        throw forbidden('This service takes no delegated certificates. Send tokens with the files of a job.');
      },
    });
  }
};
