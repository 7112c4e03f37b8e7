import {
  type FastifyReply,
  type FastifyRequest,
  type HttpServer,
  requireAccept,
  sendJson,
  sendText,
} from '@leman/foundation';
import { requireAdmin, requireScopeOwner } from '../accounts/permissions.ts';
import type { Lake } from '../lake.ts';
import { addScope } from './add-scope.ts';
import { listScopeOwners } from './list-scope-owners.ts';
import { listScopes } from './list-scopes.ts';
import { listScopesOf } from './list-scopes-of.ts';
import { updateScope } from './update-scope.ts';

interface OfScope {
  Params: { account: string; scope: string };
}
interface OfAccount {
  Params: { account: string };
}

export const routes = (server: HttpServer, lake: Lake): void => {
  const add = async (request: FastifyRequest<OfScope>, reply: FastifyReply) => {
    requireAdmin(request.caller, 'add scopes');
    await addScope(lake, request.params.scope, request.params.account);
    return sendText(reply, 'Created', 201);
  };
  const listOf = async (request: FastifyRequest<OfAccount>, reply: FastifyReply) => {
    requireAccept(request, ['application/json']);
    return sendJson(reply, await listScopesOf(lake.sql, request.params.account));
  };

  server.get('/scopes', async (request, reply) => {
    requireAccept(request, ['application/json']);
    return sendJson(reply, await listScopes(lake.sql));
  });
  server.get('/scopes/owner', async (_request, reply) => sendJson(reply, await listScopeOwners(lake.sql)));
  server.get<OfAccount>('/scopes/:account/scopes', listOf);
  server.get<OfAccount>('/accounts/:account/scopes', listOf);
  server.post<OfScope>('/scopes/:account/:scope', add);
  server.post<OfScope>('/accounts/:account/scopes/:scope', add);

  server.put<OfScope>('/scopes/:account/:scope', async (request, reply) => {
    const { account, scope } = request.params;
    await requireScopeOwner(lake.sql, request.caller, [scope], 'give a scope away');
    await updateScope(lake, scope, account);
    return sendText(reply, '', 201);
  });
};
