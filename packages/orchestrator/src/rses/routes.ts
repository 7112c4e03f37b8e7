import {
  type HttpServer,
  jsonBody,
  requireAccept,
  sendJson,
  sendJsonStream,
  sendText,
} from '@leman/foundation';
import { requireAdmin } from '../accounts/permissions.ts';
import type { Lake } from '../lake.ts';
import { queryText } from '../server/parameters.ts';
import { addRse } from './add-rse.ts';
import { attributeRoutes } from './attribute-routes.ts';
import { deleteRse } from './delete-rse.ts';
import { distanceRoutes } from './distance-routes.ts';
import { findRse } from './find-rse.ts';
import { importRoutes } from './import-routes.ts';
import { protocolRoutes } from './protocol-routes.ts';
import { resolveExpression } from './resolve-expression.ts';
import { rseDirectory } from './rse-directory.ts';
import { updateRse } from './update-rse.ts';
import { usageRoutes } from './usage-routes.ts';
import { wireRseColumns, wireRseSettings } from './wire-rse.ts';

interface OfRse {
  Params: { rse: string };
}

export const routes = (server: HttpServer, lake: Lake): void => {
  attributeRoutes(server, lake);
  protocolRoutes(server, lake);
  usageRoutes(server, lake);
  distanceRoutes(server, lake);
  importRoutes(server, lake);

  server.get('/rses', async (request, reply) => {
    requireAccept(request, ['application/x-json-stream']);
    const directory = await rseDirectory(lake);
    const expression = queryText(request.query, 'expression');
    if (expression === undefined) return sendJsonStream(reply, directory.all.values().map(wireRseColumns));
    return sendJsonStream(
      reply,
      resolveExpression(directory, expression).map(({ rse }) => ({ rse })),
    );
  });

  server.get<OfRse>('/rses/:rse', async (request, reply) => {
    requireAccept(request, ['application/json']);
    const rse = findRse(await rseDirectory(lake), request.params.rse);
    return sendJson(reply, { ...wireRseSettings(rse), availability: wireRseColumns(rse).availability });
  });

  server.post<OfRse>('/rses/:rse', async (request, reply) => {
    const body = (request.body as Buffer | undefined)?.length ? jsonBody(request) : {};
    requireAdmin(request.caller, 'add RSEs');
    await addRse(lake, request.params.rse, body);
    return sendText(reply, 'Created', 201);
  });

  server.put<OfRse>('/rses/:rse', async (request, reply) => {
    const body = (request.body as Buffer | undefined)?.length ? jsonBody(request) : {};
    requireAdmin(request.caller, 'change RSEs');
    await updateRse(lake, findRse(await rseDirectory(lake), request.params.rse), body);
    return sendText(reply, 'Created', 201);
  });

  server.delete<OfRse>('/rses/:rse', async (request, reply) => {
    requireAdmin(request.caller, 'delete RSEs');
    await deleteRse(lake, findRse(await rseDirectory(lake), request.params.rse));
    return sendText(reply, '');
  });
};
