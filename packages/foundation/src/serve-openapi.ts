import type { ServedRoute } from '@leman/contracts/openapi/document';
import { type HttpServer, sendJson } from './http-server.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route that needs no token. */
    open?: boolean;
  }
}

/**
 * Serves `GET /openapi.json`, open to everybody: the document that `describe` makes of every route registered after
 * this call. It is made when somebody asks for the first time.
 */
export const serveOpenApi = (
  server: HttpServer,
  describe: (routes: readonly ServedRoute[]) => Promise<object>,
): void => {
  const routes: ServedRoute[] = [];
  // HEAD comes along with every GET.
  server.addHook('onRoute', ({ method, url, config }) => {
    for (const one of [method].flat())
      if (one !== 'HEAD') routes.push({ method: one, path: url, open: config?.open ?? false });
  });
  let document: Promise<object> | undefined;
  server.get('/openapi.json', { config: { open: true } }, async (_request, reply) => {
    document ??= describe(routes);
    return sendJson(reply, await document);
  });
};
