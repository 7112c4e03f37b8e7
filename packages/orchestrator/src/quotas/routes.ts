import {
  type FastifyReply,
  type FastifyRequest,
  type HttpServer,
  jsonBody,
  requireAccept,
  sendJson,
  sendText,
} from '@leman/foundation';
import { requireCountryAdmin } from '../accounts/permissions.ts';
import type { Lake } from '../lake.ts';
import { findRse } from '../rses/find-rse.ts';
import { resolveExpression } from '../rses/resolve-expression.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { deleteGlobalLimit } from './delete-global-limit.ts';
import { deleteLocalLimit } from './delete-local-limit.ts';
import { readLimit } from './limit-value.ts';
import { listGlobalLimits } from './list-global-limits.ts';
import { listLocalLimits } from './list-local-limits.ts';
import { setGlobalLimit } from './set-global-limit.ts';
import { setLocalLimit } from './set-local-limit.ts';
import { usageRoutes } from './usage-routes.ts';

interface OfAccount {
  Params: { account: string };
}
interface OfRse {
  Params: { account: string; rse: string };
}
interface OfExpression {
  Params: { account: string; expression: string };
}

export const routes = (server: HttpServer, lake: Lake): void => {
  usageRoutes(server, lake);

  const mayChangeAt = (
    request: FastifyRequest,
    rses: readonly { attributes: ReadonlyMap<string, string> }[],
  ) =>
    requireCountryAdmin(
      lake.sql,
      request.caller,
      rses.map((rse) => rse.attributes.get('country')),
      'change account limits',
    );

  const listLocal = async (request: FastifyRequest<OfAccount>, reply: FastifyReply) => {
    requireAccept(request, ['application/json']);
    return sendJson(reply, await listLocalLimits(lake, await rseDirectory(lake), request.params.account));
  };
  const getLocal = async (request: FastifyRequest<OfRse>, reply: FastifyReply) => {
    requireAccept(request, ['application/json']);
    const directory = await rseDirectory(lake);
    const { rse } = findRse(directory, request.params.rse);
    const limits = await listLocalLimits(lake, directory, request.params.account);
    return sendJson(reply, { [rse]: limits[rse] ?? null });
  };
  const setLocal = async (request: FastifyRequest<OfRse>, reply: FastifyReply) => {
    const bytes = readLimit(jsonBody(request));
    const rse = findRse(await rseDirectory(lake), request.params.rse);
    await mayChangeAt(request, [rse]);
    await setLocalLimit(lake, request.params.account, rse.id, bytes);
    return sendText(reply, 'Created', 201);
  };
  const deleteLocal = async (request: FastifyRequest<OfRse>, reply: FastifyReply) => {
    const rse = findRse(await rseDirectory(lake), request.params.rse);
    await mayChangeAt(request, [rse]);
    await deleteLocalLimit(lake, request.params.account, rse.id);
    return sendText(reply, '');
  };

  const listGlobal = async (request: FastifyRequest<OfAccount>, reply: FastifyReply) => {
    requireAccept(request, ['application/json']);
    const limits = await listGlobalLimits(lake, await rseDirectory(lake), request.params.account);
    const wire = limits.map(({ rse_expression, limit, rses }) => [
      rse_expression,
      { resolved_rses: rses.map((rse) => rse.rse), resolved_rse_ids: rses.map((rse) => rse.id), limit },
    ]);
    return sendJson(reply, Object.fromEntries(wire));
  };
  const getGlobal = async (request: FastifyRequest<OfExpression>, reply: FastifyReply) => {
    requireAccept(request, ['application/json']);
    const { account, expression } = request.params;
    const limits = await listGlobalLimits(lake, await rseDirectory(lake), account);
    return sendJson(reply, {
      [expression]: limits.find((limit) => limit.rse_expression === expression)?.limit ?? null,
    });
  };
  const setGlobal = async (request: FastifyRequest<OfExpression>, reply: FastifyReply) => {
    const bytes = readLimit(jsonBody(request));
    const { account, expression } = request.params;
    await mayChangeAt(request, resolveExpression(await rseDirectory(lake), expression));
    await setGlobalLimit(lake, account, expression, bytes);
    return sendText(reply, 'Created', 201);
  };
  const deleteGlobal = async (request: FastifyRequest<OfExpression>, reply: FastifyReply) => {
    const { account, expression } = request.params;
    // An expression that matches nothing any more must still be removable: by administrators.
    const rses = request.caller.isAdmin ? [] : resolveExpression(await rseDirectory(lake), expression);
    await mayChangeAt(request, rses);
    await deleteGlobalLimit(lake, account, expression);
    return sendText(reply, '');
  };

  server.get<OfAccount>('/accounts/:account/limits', listLocal);
  server.get<OfAccount>('/accounts/:account/limits/local', listLocal);
  server.get<OfRse>('/accounts/:account/limits/local/:rse', getLocal);
  server.get<OfRse>('/accounts/:account/limits/:rse', getLocal);
  server.get<OfAccount>('/accounts/:account/limits/global', listGlobal);
  server.get<OfExpression>('/accounts/:account/limits/global/:expression', getGlobal);
  for (const url of [
    '/accounts/:account/limits/local/:rse',
    '/accountlimits/local/:account/:rse',
    '/accountlimits/:account/:rse',
  ]) {
    server.post<OfRse>(url, setLocal);
    server.delete<OfRse>(url, deleteLocal);
  }
  for (const url of [
    '/accounts/:account/limits/global/:expression',
    '/accountlimits/global/:account/:expression',
  ]) {
    server.post<OfExpression>(url, setGlobal);
    server.delete<OfExpression>(url, deleteGlobal);
  }
};
