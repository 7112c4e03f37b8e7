import { type HttpServer, jsonBody, requireAccept, sendJson, sendText } from '@leman/foundation';
import { requireAdmin, requireRoot } from '../accounts/permissions.ts';
import type { Lake } from '../lake.ts';
import { optionalBoolean, queryText } from '../server/parameters.ts';
import { exportData } from './export-data.ts';
import { importData } from './import-data.ts';
import { rseDirectory } from './rse-directory.ts';

/** The RSEs as a whole, out and in. */
export const importRoutes = (server: HttpServer, lake: Lake): void => {
  server.get('/export', async (request, reply) => {
    requireAccept(request, ['application/json']);
    const distances = optionalBoolean({ distance: queryText(request.query, 'distance') }, 'distance', true);
    requireRoot(request.caller, 'export data');
    return sendJson(reply, await exportData(lake, await rseDirectory(lake), { distances }));
  });

  server.post('/import', async (request, reply) => {
    const body = jsonBody(request);
    requireAdmin(request.caller, 'import data');
    if (body.accounts !== undefined) requireRoot(request.caller, 'import accounts');
    await importData(lake, body);
    return sendText(reply, 'Created', 201);
  });
};
