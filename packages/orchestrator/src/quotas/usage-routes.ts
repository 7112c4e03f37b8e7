import { fail } from '@leman/contracts';
import {
  type FastifyReply,
  type FastifyRequest,
  type HttpServer,
  requireAccept,
  sendJson,
  sendJsonStream,
} from '@leman/foundation';
import { administeredCountries } from '../accounts/permissions.ts';
import type { Lake } from '../lake.ts';
import { findRse } from '../rses/find-rse.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { listGlobalUsage } from './list-global-usage.ts';
import { listLocalUsage } from './list-local-usage.ts';
import { listUsageHistory } from './list-usage-history.ts';

interface OfUsage {
  Params: { account: string; rse?: string; expression?: string };
}

/** What accounts use. Open to the account itself, administrators, and those who administer a country. */
export const usageRoutes = (server: HttpServer, lake: Lake): void => {
  const mayRead = async ({ caller, params }: FastifyRequest<OfUsage>): Promise<void> => {
    if (caller.isAdmin || caller.account === params.account) return;
    if ((await administeredCountries(lake.sql, caller)).size > 0) return;
    throw fail(
      'AccessDenied',
      `Account ${caller.account} may not list the usage of account ${params.account}. Ask an administrator.`,
    );
  };

  const local = async (request: FastifyRequest<OfUsage>, reply: FastifyReply) => {
    requireAccept(request, ['application/x-json-stream']);
    const directory = await rseDirectory(lake);
    const rse = request.params.rse === undefined ? undefined : findRse(directory, request.params.rse);
    await mayRead(request);
    return sendJsonStream(reply, await listLocalUsage(lake, directory, request.params.account, rse?.id));
  };
  const global = async (request: FastifyRequest<OfUsage>, reply: FastifyReply) => {
    requireAccept(request, ['application/x-json-stream']);
    await mayRead(request);
    const { account, expression } = request.params;
    return sendJsonStream(reply, await listGlobalUsage(lake, await rseDirectory(lake), account, expression));
  };

  server.get<OfUsage>('/accounts/:account/usage', local);
  server.get<OfUsage>('/accounts/:account/usage/local', local);
  server.get<OfUsage>('/accounts/:account/usage/local/:rse', local);
  server.get<OfUsage>('/accounts/:account/usage/:rse', local);
  server.get<OfUsage>('/accounts/:account/usage/global', global);
  server.get<OfUsage>('/accounts/:account/usage/global/:expression', global);
  server.get<{ Params: { account: string; rse: string } }>(
    '/accounts/:account/usage/history/:rse',
    async (request, reply) => {
      requireAccept(request, ['application/json']);
      const rse = findRse(await rseDirectory(lake), request.params.rse);
      await mayRead(request);
      return sendJson(reply, await listUsageHistory(lake, request.params.account, rse.id));
    },
  );
};
