import { fail } from '@leman/contracts';
import {
  type FastifyReply,
  type FastifyRequest,
  type HttpServer,
  jsonBody,
  requireAccept,
  sendJson,
  sendText,
} from '@leman/foundation';
import { requireAdmin } from '../accounts/permissions.ts';
import type { Lake } from '../lake.ts';
import { queryText } from '../server/parameters.ts';
import { addProtocol } from './add-protocol.ts';
import { deleteProtocols, type ProtocolKey } from './delete-protocols.ts';
import { findRse } from './find-rse.ts';
import { lfnsToPfns } from './lfns-to-pfns.ts';
import { type ProtocolOperation, type Rse, rseDirectory } from './rse-directory.ts';
import { updateProtocols } from './update-protocols.ts';
import { wireRseSettings } from './wire-rse.ts';

interface OfRse {
  Params: { rse: string };
}
interface OfProtocol {
  Params: { rse: string; scheme: string; hostname?: string; port?: string };
}

const operations: readonly string[] = [
  'read',
  'write',
  'delete',
  'third_party_copy_read',
  'third_party_copy_write',
];

const keyOf = ({ scheme, hostname, port }: OfProtocol['Params']): ProtocolKey => {
  if (port !== undefined && !/^\d{1,5}$/.test(port))
    throw fail('ValueError', `The port '${port.slice(0, 20)}' is not a number.`);
  return {
    scheme,
    ...(hostname === undefined ? {} : { hostname }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
};

/** Protocols of an RSE, and the PFNs that follow from them. */
export const protocolRoutes = (server: HttpServer, lake: Lake): void => {
  const rseOf = async (request: { params: { rse: string } }): Promise<Rse> =>
    findRse(await rseDirectory(lake), request.params.rse);

  server.get<OfRse>('/rses/:rse/protocols', async (request, reply) => {
    requireAccept(request, ['application/json']);
    const { protocols } = await rseOf(request);
    if (protocols.length === 0) throw fail('RSEProtocolNotSupported', 'No protocols found for this RSE.');
    return sendJson(reply, protocols);
  });
  server.get<OfProtocol>('/rses/:rse/protocols/:scheme', async (request, reply) => {
    requireAccept(request, ['application/json']);
    return sendJson(reply, wireRseSettings(await rseOf(request)));
  });
  server.post<OfProtocol>('/rses/:rse/protocols/:scheme', async (request, reply) => {
    const body = jsonBody(request);
    requireAdmin(request.caller, 'add protocols to RSEs');
    await addProtocol(lake, await rseOf(request), request.params.scheme, body);
    return sendText(reply, 'Created', 201);
  });

  const update = async (request: FastifyRequest<OfProtocol>, reply: FastifyReply) => {
    const body = jsonBody(request);
    requireAdmin(request.caller, 'change protocols of RSEs');
    await updateProtocols(lake, await rseOf(request), keyOf(request.params), body);
    return sendText(reply, '');
  };
  const remove = async (request: FastifyRequest<OfProtocol>, reply: FastifyReply) => {
    requireAdmin(request.caller, 'delete protocols of RSEs');
    await deleteProtocols(lake, await rseOf(request), keyOf(request.params));
    return sendText(reply, '');
  };
  for (const rest of ['', '/:hostname', '/:hostname/:port']) {
    server.put<OfProtocol>(`/rses/:rse/protocols/:scheme${rest}`, update);
    server.delete<OfProtocol>(`/rses/:rse/protocols/:scheme${rest}`, remove);
  }

  server.get<OfRse>('/rses/:rse/lfns2pfns', async (request, reply) => {
    requireAccept(request, ['application/json']);
    const { lfn } = request.query as { lfn?: string | string[] };
    const lfns = Array.isArray(lfn) ? lfn : lfn === undefined ? [] : [lfn];
    const domain = queryText(request.query, 'domain') ?? 'wan';
    const operation = queryText(request.query, 'operation') ?? 'write';
    if (domain !== 'wan' && domain !== 'lan') {
      throw fail('RSEProtocolDomainNotSupported', `Domain ${domain} not supported. Use lan or wan.`);
    }
    if (!operations.includes(operation)) {
      throw fail(
        'RSEOperationNotSupported',
        `Operation ${operation} is not supported. Use one of ${operations.join(', ')}.`,
      );
    }
    const scheme = queryText(request.query, 'scheme');
    const how = { operation: operation as ProtocolOperation, domain, scheme } as const;
    return sendJson(reply, await lfnsToPfns(lake, await rseOf(request), lfns, how));
  });
};
