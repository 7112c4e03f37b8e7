import { fail } from '@leman/contracts';
import { type HttpServer, jsonBody, requireAccept, sendJsonStream } from '@leman/foundation';
import { didExtensions } from '../dids/extensions.ts';
import type { Lake } from '../lake.ts';
import { findRse } from '../rses/find-rse.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { queryText, required } from '../server/parameters.ts';
import { datasetLocksAt, datasetLocksOf } from './list-dataset-locks.ts';
import { settleLocks } from './settle-locks.ts';

const STREAM = ['application/x-json-stream'];
const MAX_DIDS = 1000;

const requireDatasets = (query: unknown): void => {
  const type = queryText(query, 'did_type');
  if (type !== undefined && type.toLowerCase() !== 'dataset') {
    throw fail(
      'ValueError',
      `Wrong did_type specified: ${type.slice(0, 20)}. Only dataset has locks to list.`,
    );
  }
};

export const routes = (server: HttpServer, lake: Lake): void => {
  didExtensions(lake).settleLocks = async (tx, entries) =>
    (await settleLocks(tx, entries, new Date(lake.clock.now()))).wake;
  server.get<{ Params: { rse: string } }>('/locks/:rse', async (request, reply) => {
    requireAccept(request, STREAM);
    requireDatasets(request.query);
    const rse = findRse(await rseDirectory(lake), request.params.rse);
    return sendJsonStream(reply, datasetLocksAt(lake.sql, rse.id));
  });
  server.get<{ Params: { scope: string; name: string } }>('/locks/:scope/:name', async (request, reply) => {
    requireAccept(request, STREAM);
    requireDatasets(request.query);
    return sendJsonStream(reply, await datasetLocksOf(lake.sql, [request.params]));
  });
  server.post('/locks/bulk_locks_for_dids', async (request, reply) => {
    requireAccept(request, STREAM);
    const dids = required(jsonBody(request), 'dids');
    if (!Array.isArray(dids) || dids.length > MAX_DIDS)
      throw fail('ValueError', `dids must be a list of at most ${MAX_DIDS} of {scope, name}.`);
    const names = dids.map((did: unknown) => {
      const { scope, name } = (typeof did === 'object' && did !== null ? did : {}) as {
        scope?: unknown;
        name?: unknown;
      };
      if (typeof scope !== 'string' || typeof name !== 'string')
        throw fail('ValueError', 'Every element of dids must be {scope, name}.');
      return { scope, name };
    });
    return sendJsonStream(reply, await datasetLocksOf(lake.sql, names));
  });
};
