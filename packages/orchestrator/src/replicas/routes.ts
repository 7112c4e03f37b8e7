import { fail, letterOf, replicaStates } from '@leman/contracts';
import {
  type FastifyRequest,
  type HttpServer,
  jsonBody,
  requireAccept,
  type sendJson,
  sendJsonStream,
  sendText,
} from '@leman/foundation';
import { requireAdmin, requireScopeOwner } from '../accounts/permissions.ts';
import { checkDids, checkList, checkNames, shown } from '../dids/check-input.ts';
import { didExtensions } from '../dids/extensions.ts';
import type { Lake } from '../lake.ts';
import { findRse } from '../rses/find-rse.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { optionalBoolean, required, requiredText } from '../server/parameters.ts';
import { addReplicas, addReplicasIn, checkTarget } from './add-replicas.ts';
import { changeStates } from './change-states.ts';
import { credentialRoutes } from './credential-routes.ts';
import { listDatasetReplicas, listDatasetsAtRse } from './list-dataset-replicas.ts';
import { listReplicas, type ReplicaListing } from './list-replicas.ts';
import { listingFromBody, listingFromQuery, metalinkSchemes } from './list-request.ts';
import { pfnsToDids } from './pfns-to-dids.ts';
import { redirectRoutes } from './redirect-routes.ts';
import { requireMayAdd } from './require-may-add.ts';
import { setTombstones } from './set-tombstones.ts';
import { replicasAsJson, replicasAsMetalink } from './write-replicas.ts';

type Named = { Params: { scope: string; name: string } };

export const METALINK = 'application/metalink4+xml';
const STREAM = 'application/x-json-stream';

const wantsMetalink = (request: FastifyRequest): boolean => {
  requireAccept(request, [STREAM, METALINK]);
  const accept = request.headers.accept ?? '';
  return accept.includes(METALINK) && !accept.includes(STREAM);
};

/** Routes of the room: /replicas, /redirect, /credentials. */
export const routes = (server: HttpServer, lake: Lake): void => {
  const { sql, wakeups } = lake;

  Object.assign(didExtensions(lake), {
    checkCopies: async (caller, rse) => void (await checkTarget(lake, caller, rse, true)),
    registerCopies: async (tx, caller, rse, files) =>
      addReplicasIn(tx, lake, caller, findRse(await rseDirectory(lake), rse), files),
  } satisfies ReturnType<typeof didExtensions>);

  server.post('/replicas', async (request, reply) => {
    const body = jsonBody(request);
    const rse = requiredText(body, 'rse');
    const files = checkDids(required(body, 'files'), { extra: ['account'] });
    await addReplicas(lake, request.caller, rse, files, optionalBoolean(body, 'ignore_availability', false));
    return sendText(reply, 'Created', 201);
  });
  server.put('/replicas', async (request, reply) => {
    const body = jsonBody(request);
    const rseName = requiredText(body, 'rse');
    const files = checkList(required(body, 'files'), 'files');
    const names = checkNames(files);
    const rse = findRse(await rseDirectory(lake), rseName);
    if (!request.caller.isAdmin) {
      // Those who may upload may also say that their upload has ended.
      const scopes = names.map((did) => did.scope);
      await requireMayAdd(sql, request.caller, [rse]);
      await requireScopeOwner(sql, request.caller, scopes, 'update the states of replicas', {
        mockIsOpen: true,
      });
    }
    const changes = names.map((did, position) => {
      const given = (files[position] as Record<string, unknown>).state;
      const state = letterOf(replicaStates, given);
      if (!state)
        throw fail(
          'InvalidObject',
          `The state ${shown(given)} of ${did.scope}:${did.name} is not a replica state. Use A, U, C, B, D or T.`,
        );
      return { ...did, rse_id: rse.id, state };
    });
    const wake = await sql.begin((tx) =>
      changeStates(tx, lake, changes, { uploads: !request.caller.isAdmin }),
    );
    for (const daemon of new Set([...wake, 'hermes', 'reaper', 'judge-repairer'])) wakeups.wake(daemon);
    return sendText(reply, '');
  });
  server.delete('/replicas', async (request) => {
    const body = jsonBody(request);
    requiredText(body, 'rse');
    checkNames(required(body, 'files'));
    throw fail(
      'AccessDenied',
      `Account ${request.caller.account} can not delete file replicas on ${shown(body.rse)}. Set a tombstone instead: the reaper deletes them.`,
    );
  });

  const send = async (
    listing: ReplicaListing,
    metalink: boolean,
    detailed: boolean,
    reply: Parameters<typeof sendJson>[0],
  ) => {
    const batches = listReplicas(lake, listing);
    return metalink
      ? await sendJsonStream(reply, replicasAsMetalink(batches, { detailed }), {
          raw: true,
          contentType: METALINK,
        })
      : await sendJsonStream(reply, replicasAsJson(batches), { raw: true });
  };
  server.post('/replicas/list', async (request, reply) => {
    const metalink = wantsMetalink(request);
    return await send(listingFromBody(lake, request, jsonBody(request), metalink), metalink, true, reply);
  });
  server.get<Named>('/replicas/:scope/:name', async (request, reply) => {
    const metalink = wantsMetalink(request);
    const listing = listingFromQuery(lake, request, metalink ? { schemes: metalinkSchemes } : {});
    return await send(listing, metalink, false, reply);
  });

  for (const path of ['/replicas/:scope/:name/datasets', '/replicas/:scope/:name/datasets_vp']) {
    server.get<Named>(path, async (request, reply) => {
      requireAccept(request, [STREAM]);
      const deep = optionalBoolean(request.query as Record<string, unknown>, 'deep', false);
      return await sendJsonStream(reply, await listDatasetReplicas(sql, [request.params], deep));
    });
  }
  server.post('/replicas/datasets_bulk', async (request, reply) => {
    requireAccept(request, [STREAM]);
    const dids = required(jsonBody(request), 'dids');
    if (Array.isArray(dids) && dids.length === 0) throw fail('ValueError', 'List of DIDs is empty');
    return await sendJsonStream(reply, await listDatasetReplicas(sql, checkNames(dids)));
  });
  server.get<{ Params: { rse: string } }>('/replicas/rse/:rse', async (request, reply) => {
    requireAccept(request, [STREAM]);
    const rse = findRse(await rseDirectory(lake), request.params.rse);
    return await sendJsonStream(reply, listDatasetsAtRse(sql, rse.id));
  });

  server.post('/replicas/tombstone', async (request, reply) => {
    const list = checkList(jsonBody(request).replicas ?? [], 'replicas', { min: 0, max: 10_000 });
    const names = list.length === 0 ? [] : checkNames(list, { max: 10_000 });
    requireAdmin(request.caller, 'set tombstones');
    const directory = await rseDirectory(lake);
    const replicas = names.map((did, position) => {
      const { rse } = list[position] as Record<string, unknown>;
      if (typeof rse !== 'string') throw fail('KeyError', "'rse' not defined");
      return { ...did, rse_id: findRse(directory, rse).id };
    });
    if (replicas.length > 0) await sql.begin((tx) => setTombstones(tx, replicas));
    wakeups.wake('reaper');
    return sendText(reply, 'Created', 201);
  });
  server.post('/replicas/dids', async (request, reply) => {
    requireAccept(request, [STREAM]);
    const body = jsonBody(request);
    const pfns = checkList(body.pfns ?? [], 'pfns', { min: 0 }).map((pfn) => {
      if (typeof pfn !== 'string') throw fail('InvalidObject', `The PFN ${shown(pfn)} must be text.`);
      return pfn;
    });
    const rseName = required(body, 'rse');
    const directory = await rseDirectory(lake);
    const found = await pfnsToDids(
      sql,
      directory,
      pfns,
      rseName === null ? directory.all : [findRse(directory, requiredText(body, 'rse'))],
    );
    const lines = found.flatMap(({ pfn, replica }) =>
      replica ? [{ [pfn]: { scope: replica.scope, name: replica.name } }] : [],
    );
    return await sendJsonStream(reply, lines);
  });

  redirectRoutes(server, lake);
  credentialRoutes(server, lake);
};
