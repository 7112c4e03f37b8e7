import { fail } from '@leman/contracts';
import { type HttpServer, requireAccept, sendJson, sendJsonStream } from '@leman/foundation';
import { requireAdmin } from '../accounts/permissions.ts';
import type { Lake } from '../lake.ts';
import { findRse } from '../rses/find-rse.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { optionalInteger, queryText } from '../server/parameters.ts';
import { cachedWhile } from './cached-while.ts';
import { findEndedRequest, findRequest } from './find-request.ts';
import { lakeStatus } from './lake-status.ts';
import { listEndedRequests, listRequests } from './list-requests.ts';
import { queueSummary } from './queue-summary.ts';
import { readFilter } from './read-filter.ts';
import { requestMetrics } from './request-metrics.ts';
import { wireRequest } from './request-row.ts';

const JSON_TYPE = ['application/json'];
const STREAM_TYPE = ['application/x-json-stream'];
const MOST_HISTORY = 10_000;

interface Copy {
  scope: string;
  name: string;
  rse: string;
}

/** `/requests...` of the field, and Leman's own `/requests/queue` and `/lake/status`. */
export const routes = (server: HttpServer, lake: Lake): void => {
  const { sql } = lake;
  const now = () => new Date(lake.clock.now());
  const queue = cachedWhile(() => queueSummary(sql, now()));
  const status = cachedWhile(async () => lakeStatus(sql, await rseDirectory(lake), now()));

  server.get('/lake/status', async (_request, reply) => sendJson(reply, await status()));
  server.get('/requests/queue', async (_request, reply) => sendJson(reply, await queue()));

  server.get('/requests/list', async (request, reply) => {
    requireAccept(request, STREAM_TYPE);
    requireAdmin(request.caller, 'list requests');
    const filter = readFilter(await rseDirectory(lake), request.query);
    return sendJsonStream(reply, listRequests(sql, filter));
  });
  server.get('/requests/history/list', async (request, reply) => {
    requireAccept(request, STREAM_TYPE);
    requireAdmin(request.caller, 'list historical requests');
    const filter = readFilter(await rseDirectory(lake), request.query);
    const query = request.query as Record<string, unknown>;
    const page = {
      offset: optionalInteger(query, 'offset', { min: 0 }) ?? 0,
      limit: optionalInteger(query, 'limit', { min: 0, max: MOST_HISTORY }) ?? 100,
    };
    return sendJsonStream(reply, listEndedRequests(sql, filter, page));
  });
  server.get('/requests/metrics', async (request, reply) => {
    const directory = await rseDirectory(lake);
    const idOf = (name: string) => {
      const rse = queryText(request.query, name);
      return rse ? findRse(directory, rse).id : undefined;
    };
    const links = await requestMetrics(
      sql,
      directory,
      {
        sourceId: idOf('src_rse'),
        destinationId: idOf('dst_rse'),
        activity: queryText(request.query, 'activity'),
        groupBy: queryText(request.query, 'group_by_rse_attribute'),
      },
      now(),
    );
    if (queryText(request.query, 'format') === 'panda') return sendJson(reply, Object.fromEntries(links));
    return sendJsonStream(reply, links.values());
  });

  server.get('/requests/transfer_limits', (request, reply) => {
    requireAccept(request, STREAM_TYPE);
    return sendJsonStream(reply, []);
  });
  for (const method of ['PUT', 'DELETE'] as const) {
    server.route({
      method,
      url: '/requests/transfer_limits',
      handler: async (request) => {
        requireAdmin(request.caller, 'change transfer limits');
        throw fail(
          'NotImplemented',
          'The lake keeps no transfer limits of its own. Set them at the transfer service: POST /config/links or /config/se.',
        );
      },
    });
  }

  server.get<{ Params: Copy }>('/requests/:scope/:name/:rse', async (request, reply) => {
    requireAccept(request, JSON_TYPE);
    const { scope, name, rse } = request.params;
    findRse(await rseDirectory(lake), rse);
    return sendJson(reply, wireRequest(await findRequest(sql, scope, name, rse)));
  });
  server.get<{ Params: Copy }>('/requests/history/:scope/:name/:rse', async (request, reply) => {
    requireAccept(request, JSON_TYPE);
    const { scope, name, rse } = request.params;
    return sendJson(reply, wireRequest(await findEndedRequest(sql, scope, name, rse)));
  });
};
