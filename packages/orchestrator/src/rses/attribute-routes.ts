import { fail } from '@leman/contracts';
import { type HttpServer, jsonBody, requireAccept, sendJson, sendText } from '@leman/foundation';
import { requireAdmin } from '../accounts/permissions.ts';
import type { Lake } from '../lake.ts';
import { optionalInteger, required, requiredText } from '../server/parameters.ts';
import { addQosPolicy } from './add-qos-policy.ts';
import { deleteQosPolicy } from './delete-qos-policy.ts';
import { deleteRseAttribute } from './delete-rse-attribute.ts';
import { deleteRseLimit } from './delete-rse-limit.ts';
import { findRse } from './find-rse.ts';
import { listQosPolicies } from './list-qos-policies.ts';
import { type Rse, rseDirectory } from './rse-directory.ts';
import { setRseAttribute } from './set-rse-attribute.ts';
import { setRseLimit } from './set-rse-limit.ts';
import { wireRseAttributes } from './wire-rse.ts';

interface OfRse {
  Params: { rse: string };
}
interface OfKey {
  Params: { rse: string; key: string };
}
interface OfPolicy {
  Params: { rse: string; policy: string };
}

/** Attributes, limits and quality of service of an RSE. */
export const attributeRoutes = (server: HttpServer, lake: Lake): void => {
  const rseOf = async (request: { params: { rse: string } }): Promise<Rse> =>
    findRse(await rseDirectory(lake), request.params.rse);

  server.get<OfRse>('/rses/:rse/attr', async (request, reply) => {
    requireAccept(request, ['application/json']);
    return sendJson(reply, wireRseAttributes(await rseOf(request)));
  });
  server.post<OfKey>('/rses/:rse/attr/:key', async (request, reply) => {
    const value = required(jsonBody(request), 'value');
    requireAdmin(request.caller, 'add RSE attributes');
    await setRseAttribute(lake, await rseOf(request), request.params.key, value);
    return sendText(reply, 'Created', 201);
  });
  server.delete<OfKey>('/rses/:rse/attr/:key', async (request, reply) => {
    requireAdmin(request.caller, 'delete RSE attributes');
    await deleteRseAttribute(lake, await rseOf(request), request.params.key);
    return sendText(reply, '');
  });

  server.get<OfRse>('/rses/:rse/limits', async (request, reply) => {
    requireAccept(request, ['application/json']);
    return sendJson(reply, Object.fromEntries((await rseOf(request)).limits));
  });
  server.put<OfRse>('/rses/:rse/limits', async (request, reply) => {
    const body = jsonBody(request);
    const name = requiredText(body, 'name');
    const value = optionalInteger(body, 'value', { min: -1 });
    if (value === undefined) throw fail('KeyError', `'value' not defined`);
    requireAdmin(request.caller, 'change RSE limits');
    await setRseLimit(lake, await rseOf(request), name, value);
    return sendText(reply, '');
  });
  server.delete<OfRse>('/rses/:rse/limits', async (request, reply) => {
    const name = requiredText(jsonBody(request), 'name');
    requireAdmin(request.caller, 'change RSE limits');
    await deleteRseLimit(lake, await rseOf(request), name);
    return sendText(reply, '');
  });

  server.get<OfRse>('/rses/:rse/qos_policy', async (request, reply) => {
    requireAccept(request, ['application/json']);
    return sendJson(reply, await listQosPolicies(lake, await rseOf(request)));
  });
  server.post<OfPolicy>('/rses/:rse/qos_policy/:policy', async (request, reply) => {
    requireAdmin(request.caller, 'add QoS policies to RSEs');
    await addQosPolicy(lake, await rseOf(request), request.params.policy);
    return sendText(reply, 'Created', 201);
  });
  server.delete<OfPolicy>('/rses/:rse/qos_policy/:policy', async (request, reply) => {
    requireAdmin(request.caller, 'delete QoS policies of RSEs');
    await deleteQosPolicy(lake, await rseOf(request), request.params.policy);
    return sendText(reply, '');
  });
};
