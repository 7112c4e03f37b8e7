import { fail } from '@leman/contracts';
import {
  type FastifyRequest,
  type HttpServer,
  jsonBody,
  requireAccept,
  sendJson,
  sendText,
} from '@leman/foundation';
import { requireAdmin } from '../accounts/permissions.ts';
import type { Lake } from '../lake.ts';
import { optionalBoolean, optionalInteger, queryText } from '../server/parameters.ts';
import { addDistance, type DistanceChange } from './add-distance.ts';
import { deleteDistance } from './delete-distance.ts';
import { findRse } from './find-rse.ts';
import { listDistances } from './list-distances.ts';
import { rseDirectory } from './rse-directory.ts';
import { updateDistance } from './update-distance.ts';

interface OfPair {
  Params: { source: string; destination: string };
}

const MAX_DISTANCE = 2 ** 31 - 1;
const NEAREST = 1;

/** How far apart RSEs are; those without a distance are not connected. */
export const distanceRoutes = (server: HttpServer, lake: Lake): void => {
  const url = '/rses/:source/distances/:destination';
  const pairOf = async ({ params }: FastifyRequest<OfPair>) => {
    const directory = await rseDirectory(lake);
    return { source: findRse(directory, params.source), destination: findRse(directory, params.destination) };
  };
  const read = async (request: FastifyRequest<OfPair>): Promise<[DistanceChange, number]> => {
    const body = jsonBody(request);
    const bounds = { min: 0, max: MAX_DISTANCE };
    const distance = optionalInteger(body, 'distance', bounds) ?? optionalInteger(body, 'ranking', bounds);
    const bidirectional = optionalBoolean(body, 'bidirectional', false);
    // The field lets RSEs be connected without saying how far apart they are.
    const known = distance ?? (request.method === 'POST' ? NEAREST : undefined);
    if (known === undefined) throw fail('KeyError', `'distance' not defined`);
    requireAdmin(request.caller, 'change RSE distances');
    return [{ ...(await pairOf(request)), bidirectional }, known];
  };

  server.get<OfPair>(url, async (request, reply) => {
    requireAccept(request, ['application/json']);
    const { source, destination } = await pairOf(request);
    return sendJson(reply, await listDistances(lake, source, destination));
  });
  server.post<OfPair>(url, async (request, reply) => {
    await addDistance(lake, ...(await read(request)));
    return sendText(reply, 'Created', 201);
  });
  server.put<OfPair>(url, async (request, reply) => {
    await updateDistance(lake, ...(await read(request)));
    return sendText(reply, '');
  });
  server.delete<OfPair>(url, async (request, reply) => {
    const bidirectional = optionalBoolean(
      { bidirectional: queryText(request.query, 'bidirectional') },
      'bidirectional',
      false,
    );
    requireAdmin(request.caller, 'delete RSE distances');
    await deleteDistance(lake, { ...(await pairOf(request)), bidirectional });
    return sendText(reply, 'Deleted');
  });
};
