import { didTypes, fail, letterOf } from '@leman/contracts';
import {
  type FastifyReply,
  type FastifyRequest,
  type HttpServer,
  jsonBody,
  requireAccept,
  sendJson,
  sendJsonStream,
  sendText,
} from '@leman/foundation';
import { requireAdmin, requireScopeOwner, requireSelfOrAdmin } from '../accounts/permissions.ts';
import type { Caller, Lake } from '../lake.ts';
import {
  optionalBoolean,
  optionalInteger,
  optionalText,
  required,
  requiredText,
} from '../server/parameters.ts';
import { addCollections, type CollectionSpec } from './add-collections.ts';
import { type Attachment, attachDids } from './attach-dids.ts';
import { checkDids, checkList, checkNames, checkNewName, shown } from './check-input.ts';
import { compileFilters } from './compile-filters.ts';
import { detachDids } from './detach-dids.ts';
import { didExtensions } from './extensions.ts';
import { findDid, findDids, lookUpDids } from './find-dids.ts';
import { followDid, listFollowers, unfollowDid } from './follow-did.ts';
import { getDid } from './get-did.ts';
import { checkPlugin, getInheritedMetadata, getMetadata, getMetadataInBulk } from './get-metadata.ts';
import {
  listArchiveContent,
  listContent,
  listContentHistory,
  listDatasetsByGuid,
  listParents,
} from './list-content.ts';
import { listFiles, listFilesInBulk } from './list-files.ts';
import { listNewDids, listScope } from './list-scope.ts';
import { type Literal, parsePythonLiteral } from './parse-python-literal.ts';
import { resurrectDids } from './resurrect-dids.ts';
import { sampleDid } from './sample-did.ts';
import { searchDids } from './search-dids.ts';
import { deleteMetadata, setMetadata } from './set-metadata.ts';
import { setStatus } from './set-status.ts';

type Named = { Params: { scope: string; name: string } };
type Query = Record<string, string | undefined>;

const STREAM = ['application/x-json-stream'];
const JSON_ONLY = ['application/json'];

const queryOf = (request: FastifyRequest): Query => request.query as Query;

const dictionary = (value: unknown, what: string): Record<string, unknown> => {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  // Some clients send an empty list for "no metadata".
  if (Array.isArray(value) && value.length === 0) return {};
  throw fail('InvalidObject', `${what} must be a dictionary.`);
};

/** The collection that a body of POST /dids or POST /dids/<did> describes. @throws InvalidObject 400, KeyError 400, UnsupportedOperation 409 */
const collectionSpec = (scope: unknown, name: unknown, body: Record<string, unknown>): CollectionSpec => {
  checkNewName(scope, name);
  const type = letterOf(
    didTypes,
    typeof body.type === 'string' ? body.type.toUpperCase() : required(body, 'type'),
  );
  if (!type || type === 'A')
    throw fail('InvalidObject', `The type ${shown(body.type)} must be DATASET or CONTAINER.`);
  if (type === 'F')
    throw fail(
      'UnsupportedOperation',
      'Only collection (dataset/container) can be registered. Register files with their copies.',
    );
  const { lifetime } = body;
  if (
    lifetime !== undefined &&
    lifetime !== null &&
    lifetime !== false &&
    !(typeof lifetime === 'number' && Math.abs(lifetime) < 1e10)
  ) {
    throw fail('InvalidObject', `The lifetime ${shown(lifetime)} must be a number of seconds.`);
  }
  const rules =
    body.rules === undefined || body.rules === null ? [] : checkList(body.rules, 'rules', { min: 0 });
  const spec: CollectionSpec = {
    scope: scope as string,
    name: name as string,
    did_type: type,
    monotonic: optionalBoolean(dictionary(body.statuses, 'statuses'), 'monotonic', false),
    meta: dictionary(body.meta, 'meta'),
    dids:
      body.dids === undefined || body.dids === null || (Array.isArray(body.dids) && body.dids.length === 0)
        ? []
        : checkDids(body.dids, { extra: ['account'] }),
    rules: rules.map((rule) => dictionary(rule, 'a rule')),
  };
  if (typeof lifetime === 'number') spec.lifetime = lifetime;
  const rse = optionalText(body, 'rse');
  if (rse) spec.rse = rse;
  const account = optionalText(body, 'account');
  if (account) spec.account = account;
  return spec;
};

/** Rules for others, and DIDs owned by others, are for administrators. */
const requireOwnRules = (caller: Caller, specs: readonly CollectionSpec[]): void => {
  if (caller.isAdmin) return;
  for (const spec of specs) {
    if (
      spec.rules.some((rule) => rule.account !== undefined && rule.account !== caller.account) ||
      (spec.account && spec.account !== caller.account)
    ) {
      throw fail(
        'AccessDenied',
        `Account ${caller.account} can not act for another account. Leave the account out.`,
      );
    }
  }
};

/** JSON that is text already; without the serializer the content type would get a charset that clients do not take. */
const sendJsonText = (reply: FastifyReply, text: string): FastifyReply =>
  reply
    .header('content-type', 'application/json')
    .serializer((payload: string) => payload)
    .send(text);

/** Routes of the room: /dids, /archives. */
export const routes = (server: HttpServer, lake: Lake): void => {
  const { sql, wakeups } = lake;
  const now = () => new Date(lake.clock.now());
  const changed = () => {
    wakeups.wake('judge-evaluator');
    wakeups.wake('hermes');
  };

  const attach = async (
    caller: Caller,
    attachments: (Attachment & { rse?: string })[],
    ignoreDuplicate: boolean,
  ) => {
    const { checkCopies, registerCopies } = didExtensions(lake);
    for (const { rse } of attachments) if (rse) await checkCopies?.(caller, rse);
    await sql.begin(async (tx) => {
      for (const { rse, dids } of attachments) if (rse) await registerCopies?.(tx, caller, rse, dids);
      await attachDids(tx, attachments, { account: caller.account, now: now(), ignoreDuplicate });
    });
    changed();
  };

  server.get<Named>('/dids/:scope/:name', async (request, reply) => {
    requireAccept(request, JSON_ONLY);
    const { dynamic, dynamic_depth: asked } = queryOf(request);
    const wanted = asked?.toUpperCase();
    const depth =
      wanted === 'FILE' || wanted === 'DATASET'
        ? wanted
        : asked === undefined && dynamic !== undefined
          ? 'FILE'
          : undefined;
    const text = await getDid(sql, request.params.scope, request.params.name, depth);
    return sendJsonText(reply, text);
  });
  server.get<Named>('/dids/:scope/:name/status', async (request, reply) => {
    const text = await getDid(sql, request.params.scope, request.params.name);
    return sendJsonText(reply, text);
  });
  server.post<Named>('/dids/:scope/:name', async (request, reply) => {
    const { scope, name } = request.params;
    const spec = collectionSpec(scope, name, jsonBody(request));
    requireOwnRules(request.caller, [spec]);
    await requireScopeOwner(sql, request.caller, [scope], 'add data identifiers', { mockIsOpen: true });
    await addCollections(lake, request.caller, [spec], { checkDatatypes: true });
    return sendText(reply, 'Created', 201);
  });
  server.post('/dids', async (request, reply) => {
    const specs = checkList(jsonBody(request, 'list'), 'dids').map((item) => {
      const body = dictionary(item, 'a DID');
      return collectionSpec(required(body, 'scope'), required(body, 'name'), body);
    });
    requireOwnRules(request.caller, specs);
    const scopes = specs.map((spec) => spec.scope);
    await requireScopeOwner(sql, request.caller, scopes, 'add data identifiers', { mockIsOpen: true });
    await addCollections(lake, request.caller, specs, { checkDatatypes: false });
    return sendText(reply, 'Created', 201);
  });

  server.get<Named>('/dids/:scope/:name/dids', async (request, reply) => {
    requireAccept(request, STREAM);
    return await sendJsonStream(reply, listContent(sql, request.params.scope, request.params.name), {
      raw: true,
    });
  });
  server.post<Named>('/dids/:scope/:name/dids', async (request, reply) => {
    const { scope, name } = request.params;
    const body = jsonBody(request);
    const dids = checkDids(required(body, 'dids'), { extra: ['account'] });
    const rse = optionalText(body, 'rse');
    await requireScopeOwner(sql, request.caller, [scope], 'attach data identifiers', { mockIsOpen: true });
    await attach(
      request.caller,
      [{ scope, name, dids, ...(rse ? { rse } : {}) }],
      optionalBoolean(body, 'ignore_duplicate', false),
    );
    return sendText(reply, 'Created', 201);
  });
  server.delete<Named>('/dids/:scope/:name/dids', async (request, reply) => {
    const { scope, name } = request.params;
    const children = checkNames(required(jsonBody(request), 'dids'), { max: 100_000 });
    await requireScopeOwner(sql, request.caller, [scope], 'detach data identifiers', { mockIsOpen: true });
    await sql.begin((tx) => detachDids(tx, scope, name, children, now()));
    changed();
    return sendText(reply, '');
  });
  server.post('/dids/attachments', async (request, reply) => {
    const body = jsonBody(request, 'any');
    if (typeof body !== 'object' || body === null)
      throw fail('TypeError', 'body must be a json dictionary or list');
    const list = Array.isArray(body) ? body : required(body as Record<string, unknown>, 'attachments');
    const ignoreDuplicate = Array.isArray(body)
      ? false
      : optionalBoolean(body as Record<string, unknown>, 'ignore_duplicate', false);
    const attachments = checkList(list, 'attachments').map((item) => {
      const { scope, name, dids, rse, ...rest } = dictionary(item, 'an attachment');
      checkNewName(scope, name);
      const [unknown] = Object.keys(rest);
      if (unknown !== undefined)
        throw fail('InvalidObject', `${shown(unknown)} is not a key of an attachment.`);
      const at = optionalText({ rse }, 'rse');
      return {
        scope: scope as string,
        name: name as string,
        dids: checkDids(dids, { extra: ['account'] }),
        ...(at ? { rse: at } : {}),
      };
    });
    const scopes = attachments.map((attachment) => attachment.scope);
    await requireScopeOwner(sql, request.caller, scopes, 'attach data identifiers');
    await attach(request.caller, attachments, ignoreDuplicate);
    return sendText(reply, 'Created', 201);
  });
  server.get<Named>('/dids/:scope/:name/dids/history', async (request, reply) => {
    requireAccept(request, STREAM);
    return await sendJsonStream(
      reply,
      await listContentHistory(sql, request.params.scope, request.params.name),
    );
  });
  server.get<Named>('/archives/:scope/:name/files', async (request, reply) => {
    requireAccept(request, STREAM);
    return await sendJsonStream(
      reply,
      await listArchiveContent(sql, request.params.scope, request.params.name),
    );
  });
  server.get<Named>('/dids/:scope/:name/files', async (request, reply) => {
    requireAccept(request, STREAM);
    const { scope, name } = request.params;
    return await sendJsonStream(reply, listFiles(sql, scope, name, 'long' in queryOf(request)), {
      raw: true,
    });
  });
  server.post('/dids/bulkfiles', async (request, reply) => {
    requireAccept(request, STREAM);
    const dids = await lookUpDids(sql, checkNames(jsonBody(request).dids ?? [], { min: 0 }));
    return await sendJsonStream(reply, listFilesInBulk(sql, dids), { raw: true });
  });
  server.get<Named>('/dids/:scope/:name/parents', async (request, reply) => {
    requireAccept(request, STREAM);
    return await sendJsonStream(reply, await listParents(sql, request.params.scope, request.params.name));
  });
  server.get<{ Params: { scope: string } }>('/dids/:scope/guid', async (request, reply) => {
    requireAccept(request, STREAM);
    const datasets = await listDatasetsByGuid(sql, request.params.scope);
    if (datasets.length === 0)
      throw fail('DataIdentifierNotFound', 'No file associated to GUID : no dataset holds a file with it.');
    return await sendJsonStream(reply, datasets);
  });

  server.get<{ Params: { scope: string } }>('/dids/:scope', async (request, reply) => {
    requireAccept(request, STREAM);
    const { name, recursive } = queryOf(request);
    return await sendJsonStream(
      reply,
      listScope(sql, request.params.scope, name, optionalBoolean({ recursive }, 'recursive', false)),
    );
  });
  server.get<{ Params: { scope: string } }>('/dids/:scope/dids/search', async (request, reply) => {
    requireAccept(request, STREAM);
    const { filters: literal, type = 'collection', limit, long, recursive, ...rest } = queryOf(request);
    const filters: Literal =
      literal === undefined
        ? [Object.fromEntries(Object.entries(rest)) as { [key: string]: string }]
        : parsePythonLiteral(literal);
    const most = optionalInteger({ limit: limit || undefined }, 'limit', { min: 0 });
    const search = {
      scope: request.params.scope,
      filters,
      type,
      long: optionalBoolean({ long }, 'long', false),
      recursive: optionalBoolean({ recursive }, 'recursive', false),
    };
    compileFilters(sql, filters, type);
    return await sendJsonStream(reply, searchDids(sql, most ? { ...search, limit: most } : search), {
      raw: true,
    });
  });
  server.get('/dids/new', async (request, reply) => {
    requireAccept(request, STREAM);
    const { type } = queryOf(request);
    const letter = type === undefined ? undefined : letterOf(didTypes, type.toUpperCase());
    if (type !== undefined && !letter) throw fail('ValueError', `${shown(type)} is no type of a DID.`);
    return await sendJsonStream(reply, await listNewDids(sql, letter));
  });

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
    return sendText(reply, 'Created', 201);
  });

  server.put<Named>('/dids/:scope/:name/status', async (request, reply) => {
    const { scope, name } = request.params;
    const body = jsonBody(request);
    const unknown = Object.keys(body).find((key) => key !== 'open');
    if (unknown !== undefined || !('open' in body)) {
      throw fail(
        'UnsupportedStatus',
        `The status ${shown(unknown ?? '')} is not a valid data identifier status. Use open.`,
      );
    }
    const open = optionalBoolean(body, 'open', false);
    if (open) requireAdmin(request.caller, `reopen ${scope}:${name}`);
    await requireScopeOwner(sql, request.caller, [scope], 'set the status of data identifiers');
    await sql.begin((tx) => setStatus(tx, scope, name, open, now()));
    wakeups.wake('hermes');
    return sendText(reply, '');
  });
  server.post('/dids/resurrect', async (request, reply) => {
    const dids = checkNames(jsonBody(request, 'list'));
    requireAdmin(request.caller, 'resurrect data identifiers');
    await sql.begin((tx) => resurrectDids(tx, dids, now()));
    return sendText(reply, 'Created', 201);
  });

  const sample = async (caller: Caller, asked: Record<string, unknown>) => {
    const {
      input_scope: inputScope,
      input_name: inputName,
      output_scope: outputScope,
      output_name: outputName,
      nbfiles,
    } = asked;
    const [input] = checkNames([{ scope: inputScope, name: inputName }]);
    checkNewName(outputScope, outputName);
    const files = Number(nbfiles);
    if (
      nbfiles === null ||
      nbfiles === '' ||
      typeof nbfiles === 'boolean' ||
      !Number.isInteger(files) ||
      files < 0 ||
      files > 1_000_000
    ) {
      throw fail('ValueError', `nbfiles ${shown(nbfiles)} must be a whole number of files.`);
    }
    const output = { scope: outputScope as string, name: outputName as string };
    await requireScopeOwner(sql, caller, [output.scope], 'create a sample', { mockIsOpen: true });
    await sql.begin((tx) =>
      sampleDid(tx, { input: input!, output, files, account: caller.account, now: now() }),
    );
    changed();
  };
  server.post('/dids/sample', async (request, reply) => {
    const body = jsonBody(request);
    for (const key of ['input_scope', 'input_name', 'output_scope', 'output_name', 'nbfiles'])
      required(body, key);
    await sample(request.caller, body);
    return sendText(reply, 'Created', 201);
  });
  server.post(
    '/dids/:input_scope/:input_name/:output_scope/:output_name/:nbfiles/sample',
    async (request, reply) => {
      await sample(request.caller, request.params as Record<string, unknown>);
      return sendText(reply, 'Created', 201);
    },
  );

  const followerOf = (request: FastifyRequest): string => {
    const account = requiredText(jsonBody(request), 'account');
    requireSelfOrAdmin(request.caller, account, 'follow for another account');
    return account;
  };
  server.get<Named>('/dids/:scope/:name/follow', async (request, reply) => {
    const followers = await listFollowers(sql, request.params.scope, request.params.name);
    return await sendJsonStream(reply, followers, { contentType: 'application/json' });
  });
  server.post<Named>('/dids/:scope/:name/follow', async (request, reply) => {
    await followDid(sql, request.params.scope, request.params.name, followerOf(request), now());
    return sendText(reply, '');
  });
  server.delete<Named>('/dids/:scope/:name/follow', async (request, reply) => {
    await unfollowDid(sql, request.params.scope, request.params.name, followerOf(request));
    return sendText(reply, '');
  });
};
