import { fail } from '@leman/contracts';
import {
  type HttpServer,
  jsonBody,
  requireAccept,
  sendJson,
  sendJsonStream,
  sendText,
} from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { optionalText, queryText, requiredText } from '../server/parameters.ts';
import { addAccount } from './add-account.ts';
import { addAccountAttribute } from './add-account-attribute.ts';
import { storedAttribute } from './attribute-value.ts';
import { authRoutes } from './auth-routes.ts';
import { deleteAccount } from './delete-account.ts';
import { deleteAccountAttribute } from './delete-account-attribute.ts';
import { getAccount } from './get-account.ts';
import { identityRoutes } from './identity-routes.ts';
import { listAccountAttributes } from './list-account-attributes.ts';
import { listAccounts } from './list-accounts.ts';
import { requireAdmin, requireRoot } from './permissions.ts';
import { requireToken } from './require-token.ts';
import { updateAccount } from './update-account.ts';

interface OfAccount {
  Params: { account: string };
}
interface OfAttribute {
  Params: { account: string; key: string };
}

export const routes = (server: HttpServer, lake: Lake): void => {
  requireToken(server, lake);
  authRoutes(server, lake);
  identityRoutes(server, lake);

  server.get('/accounts', (request, reply) => {
    requireAccept(request, ['application/x-json-stream']);
    const known = ['account_type', 'identity', 'account'];
    const attributes: Record<string, string> = {};
    for (const key of Object.keys(request.query as object)) {
      const value = queryText(request.query, key);
      if (!known.includes(key) && value !== undefined) attributes[key] = storedAttribute(value);
    }
    const [type, identity, account] = known.map((key) => queryText(request.query, key));
    return sendJsonStream(
      reply,
      listAccounts(lake.sql, {
        ...(type === undefined ? {} : { account_type: type }),
        ...(identity === undefined ? {} : { identity }),
        ...(account === undefined ? {} : { account }),
        attributes,
      }),
    );
  });

  server.get<OfAccount>('/accounts/:account', async (request, reply) => {
    requireAccept(request, ['application/json']);
    const { account } = request.params;
    if (account === 'whoami')
      return reply.code(303).header('location', `/accounts/${request.caller.account}`).send('');
    return sendJson(reply, await getAccount(lake.sql, account));
  });

  server.post<OfAccount>('/accounts/:account', async (request, reply) => {
    const body = jsonBody(request);
    const type = requiredText(body, 'type');
    if (!Object.hasOwn(body, 'email')) throw fail('KeyError', `'email' not defined`);
    const email = optionalText(body, 'email');
    requireRoot(request.caller, 'add accounts');
    await addAccount(lake, request.params.account, { type, email });
    return sendText(reply, 'Created', 201);
  });

  server.put<OfAccount>('/accounts/:account', async (request, reply) => {
    const body = jsonBody(request);
    requireAdmin(request.caller, 'change accounts');
    if (request.params.account === 'root') requireRoot(request.caller, 'change the account root');
    await updateAccount(lake, request.params.account, body);
    return sendText(reply, '');
  });

  server.delete<OfAccount>('/accounts/:account', async (request, reply) => {
    requireRoot(request.caller, 'delete accounts');
    await deleteAccount(lake, request.params.account);
    return sendText(reply, '');
  });

  server.get<OfAccount>('/accounts/:account/attr', async (request, reply) => {
    requireAccept(request, ['application/json']);
    return sendJson(reply, await listAccountAttributes(lake, request.params.account));
  });

  server.post<OfAttribute>('/accounts/:account/attr/:key', async (request, reply) => {
    const body = jsonBody(request);
    if (!Object.hasOwn(body, 'value')) throw fail('KeyError', `'value' not defined`);
    requireAdmin(request.caller, 'add attributes to accounts');
    await addAccountAttribute(lake, request.params.account, request.params.key, body.value);
    return sendText(reply, 'Created', 201);
  });

  server.delete<OfAttribute>('/accounts/:account/attr/:key', async (request, reply) => {
    requireAdmin(request.caller, 'delete attributes of accounts');
    await deleteAccountAttribute(lake, request.params.account, request.params.key);
    return sendText(reply, '');
  });
};
