import { fail } from '@leman/contracts';
import {
  type HttpServer,
  jsonBody,
  requireAccept,
  sendJson,
  sendJsonStream,
  sendText,
} from '@leman/foundation';
import { requireScopeOwner } from '../accounts/permissions.ts';
import type { Caller, Lake } from '../lake.ts';
import { optionalBoolean, required } from '../server/parameters.ts';
import { checkList, checkNames } from './check-input.ts';
import { findDid, findDids } from './find-dids.ts';
import { checkPlugin, getInheritedMetadata, getMetadata, getMetadataInBulk } from './get-metadata.ts';
import { dictionary, JSON_ONLY, type Named, queryOf, STREAM } from './route-input.ts';
import { deleteMetadata, endsAtOnce, setMetadata } from './set-metadata.ts';

/** Routes of metadata. */
export const metadataRoutes = (server: HttpServer, lake: Lake): void => {
  const { sql, wakeups } = lake;
  const changed = (metas: readonly Record<string, unknown>[]) => {
    if (metas.some(endsAtOnce)) wakeups.wake('undertaker');
  };
  const now = () => new Date(lake.clock.now());

  server.get<Named>('/dids/:scope/:name/meta', async (request, reply) => {
    requireAccept(request, JSON_ONLY);
    const plugin = checkPlugin(queryOf(request).plugin ?? 'DID_COLUMN');
    return sendJson(reply, await getMetadata(sql, request.params.scope, request.params.name, plugin));
  });
  const setMeta = async (
    caller: Caller,
    scope: string,
    name: string,
    meta: Record<string, unknown>,
    recursive: boolean,
  ) => {
    await requireScopeOwner(sql, caller, [scope], 'set metadata');
    await sql.begin(async (tx) => {
      const did = await findDid(tx, scope, name);
      await setMetadata(tx, [{ didId: did.id, didType: did.did_type, meta }], { now: now(), recursive });
    });
    changed([meta]);
  };
  server.post<Named>('/dids/:scope/:name/meta', async (request, reply) => {
    const body = jsonBody(request);
    const meta = required(body, 'meta');
    await setMeta(
      request.caller,
      request.params.scope,
      request.params.name,
      dictionary(meta, 'meta'),
      optionalBoolean(body, 'recursive', false),
    );
    return sendText(reply, 'Created', 201);
  });
  server.post<{ Params: { scope: string; name: string; key: string } }>(
    '/dids/:scope/:name/meta/:key',
    async (request, reply) => {
      const body = jsonBody(request);
      const { scope, name, key } = request.params;
      await setMeta(
        request.caller,
        scope,
        name,
        { [key]: required(body, 'value') },
        optionalBoolean(body, 'recursive', false),
      );
      return sendText(reply, 'Created', 201);
    },
  );
  server.delete<Named>('/dids/:scope/:name/meta', async (request, reply) => {
    const { scope, name } = request.params;
    const { key } = queryOf(request);
    if (key === undefined) throw fail('KeyNotFound', 'No key provided to remove. Say ?key=...');
    await requireScopeOwner(sql, request.caller, [scope], 'delete metadata');
    await deleteMetadata(sql, (await findDid(sql, scope, name)).id, key, now());
    return sendText(reply, '');
  });
  server.post('/dids/bulkmeta', async (request, reply) => {
    requireAccept(request, STREAM);
    const body = jsonBody(request);
    const dids = checkNames(required(body, 'dids'), { min: 0, max: 10_000 });
    const plugin = checkPlugin(body.plugin ?? 'DID_COLUMN');
    const list = optionalBoolean(body, 'inherit', false)
      ? getInheritedMetadata(sql, dids, plugin)
      : getMetadataInBulk(sql, dids, plugin);
    return await sendJsonStream(reply, await list);
  });
  server.post('/dids/bulkdidsmeta', async (request, reply) => {
    const items = checkList(required(jsonBody(request), 'dids'), 'dids', { max: 10_000 }).map((item) =>
      dictionary(item, 'a DID'),
    );
    const names = checkNames(items, { max: 10_000 });
    const metas = items.map((item) => dictionary(required(item, 'meta'), 'meta'));
    const scopes = names.map((did) => did.scope);
    await requireScopeOwner(sql, request.caller, scopes, 'set metadata');
    await sql.begin(async (tx) => {
      const dids = await findDids(tx, names);
      const changes = dids.map((did, position) => ({
        didId: did.id,
        didType: did.did_type,
        meta: metas[position]!,
      }));
      await setMetadata(tx, changes, { now: now() });
    });
    changed(metas);
    return sendText(reply, 'Created', 201);
  });
};
