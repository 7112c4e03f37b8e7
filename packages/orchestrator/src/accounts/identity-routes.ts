import { fail } from '@leman/contracts';
import {
  type FastifyRequest,
  type HttpServer,
  jsonBody,
  requireAccept,
  sendJson,
  sendJsonStream,
  sendText,
} from '@leman/foundation';
import type { Caller, Lake } from '../lake.ts';
import { optionalBoolean, optionalText, queryText, requiredText } from '../server/parameters.ts';
import { addIdentity, type NewIdentity } from './add-identity.ts';
import { deleteIdentity } from './delete-identity.ts';
import { identityTypeOf } from './identity-type.ts';
import { listAccountsOfIdentity } from './list-accounts-of-identity.ts';
import { listIdentities } from './list-identities.ts';
import { requireAdmin, requireRoot } from './permissions.ts';

interface OfAccount {
  Params: { account: string };
}

/** An administrator who could attach an identity to root would be root. */
const requireMayChange = (caller: Caller, account: string, action: string): void => {
  requireAdmin(caller, action);
  if (account === 'root') requireRoot(caller, `${action} of root`);
};

const LONGEST_KEY = 2048;

/** Identities of accounts. */
export const identityRoutes = (server: HttpServer, lake: Lake): void => {
  server.get<OfAccount>('/accounts/:account/identities', async (request, reply) => {
    requireAccept(request, ['application/x-json-stream']);
    return sendJsonStream(reply, await listIdentities(lake, request.params.account));
  });

  server.post<OfAccount>('/accounts/:account/identities', async (request, reply) => {
    const body = jsonBody(request);
    const identity = requiredText(body, 'identity', LONGEST_KEY);
    const type = identityTypeOf(requiredText(body, 'authtype'));
    if (!Object.hasOwn(body, 'email')) throw fail('KeyError', `'email' not defined`);
    const email = optionalText(body, 'email');
    const password = optionalText(body, 'password', 1024);
    const isDefault = optionalBoolean(body, 'default', false);
    requireMayChange(request.caller, request.params.account, 'add identities');
    await addIdentity(lake, request.params.account, { identity, type, email, password, isDefault });
    return sendText(reply, 'Created', 201);
  });

  server.delete<OfAccount>('/accounts/:account/identities', async (request, reply) => {
    const body = jsonBody(request);
    const identity = requiredText(body, 'identity', LONGEST_KEY);
    const type = identityTypeOf(requiredText(body, 'authtype'));
    requireMayChange(request.caller, request.params.account, 'delete identities');
    await deleteIdentity(lake, request.params.account, identity, type);
    return sendText(reply, '');
  });

  server.get('/identities/accounts', async (request, reply) => {
    requireAccept(request, ['application/json']);
    const identity = queryText(request.query, 'identity_key');
    const type = queryText(request.query, 'type');
    if (!identity) throw fail('ValueError', 'identity_key parameter is required.');
    if (!type) throw fail('ValueError', 'type parameter is required.');
    return sendJson(reply, await listAccountsOfIdentity(lake, identity, identityTypeOf(type)));
  });

  server.get<{ Params: { key: string; type: string } }>(
    '/identities/:key/:type/accounts',
    async (request, reply) => {
      requireAccept(request, ['application/json']);
      return sendJson(
        reply,
        await listAccountsOfIdentity(lake, request.params.key, identityTypeOf(request.params.type)),
      );
    },
  );

  const put = (request: FastifyRequest<OfAccount>, identity: Omit<NewIdentity, 'isDefault'>) => {
    requireMayChange(request.caller, request.params.account, 'add identities');
    return addIdentity(lake, request.params.account, { ...identity, isDefault: false });
  };
  const header = (request: FastifyRequest, name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };

  server.put<OfAccount>('/identities/:account/userpass', async (request, reply) => {
    const identity = header(request, 'x-rucio-username');
    const password = header(request, 'x-rucio-password');
    const email = header(request, 'x-rucio-email');
    if (!identity || !password || !email) {
      throw fail(
        'ValueError',
        'Username, Email and Password must be set (X-Rucio-Username, X-Rucio-Email, X-Rucio-Password).',
      );
    }
    await put(request, { identity, type: 'USERPASS', email, password });
    return sendText(reply, 'Created', 201);
  });
  for (const [way, what] of [
    ['x509', 'SSL_CLIENT_S_DN'],
    ['gss', 'REMOTE_USER'],
  ]) {
    server.put<OfAccount>(`/identities/:account/${way}`, async () => {
      throw fail(
        'ValueError',
        `${what} and email must be set, and ${way} is not set up here. POST /accounts/<account>/identities takes the identity as text.`,
      );
    });
  }
};
