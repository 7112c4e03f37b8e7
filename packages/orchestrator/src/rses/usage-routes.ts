import { fail } from '@leman/contracts';
import { type HttpServer, jsonBody, requireAccept, sendJsonStream, sendText } from '@leman/foundation';
import { requireRoot } from '../accounts/permissions.ts';
import type { Lake } from '../lake.ts';
import { optionalBoolean, optionalInteger, queryText, requiredText } from '../server/parameters.ts';
import { findRse } from './find-rse.ts';
import { getRseUsage } from './get-rse-usage.ts';
import { listRseAccountUsage } from './list-rse-account-usage.ts';
import { listRseUsageHistory } from './list-rse-usage-history.ts';
import { type Rse, rseDirectory } from './rse-directory.ts';
import { setRseUsage } from './set-rse-usage.ts';

interface OfRse {
  Params: { rse: string };
}

/** How full an RSE is, and whose data it holds. */
export const usageRoutes = (server: HttpServer, lake: Lake): void => {
  const rseOf = async (request: { params: { rse: string } }): Promise<Rse> =>
    findRse(await rseDirectory(lake), request.params.rse);

  server.get<OfRse>('/rses/:rse/usage', async (request, reply) => {
    requireAccept(request, ['application/x-json-stream']);
    const perAccount = optionalBoolean(
      { per_account: queryText(request.query, 'per_account') },
      'per_account',
      false,
    );
    const source = queryText(request.query, 'source');
    return sendJsonStream(reply, await getRseUsage(lake, await rseOf(request), { source, perAccount }));
  });

  server.put<OfRse>('/rses/:rse/usage', async (request, reply) => {
    const body = jsonBody(request);
    const source = requiredText(body, 'source');
    const used = optionalInteger(body, 'used', { min: 0 });
    const free = optionalInteger(body, 'free', { min: 0 }) ?? null;
    const files = optionalInteger(body, 'files', { min: 0 }) ?? null;
    if (used === undefined) throw fail('KeyError', `'used' not defined`);
    requireRoot(request.caller, 'change the usage of RSEs');
    if (source === 'rucio')
      throw fail(
        'InvalidObject',
        "The source 'rucio' is what the catalogue counts by itself. Use another name.",
      );
    await setRseUsage(lake, await rseOf(request), { source, used, free, files });
    return sendText(reply, '');
  });

  server.get<OfRse>('/rses/:rse/usage/history', async (request, reply) => {
    requireAccept(request, ['application/x-json-stream']);
    return sendJsonStream(
      reply,
      listRseUsageHistory(lake, await rseOf(request), queryText(request.query, 'source')),
    );
  });

  server.get<OfRse>('/rses/:rse/accounts/usage', async (request, reply) => {
    requireAccept(request, ['application/json']);
    return sendJsonStream(reply, listRseAccountUsage(lake, await rseOf(request)), {
      contentType: 'application/json',
    });
  });
};
