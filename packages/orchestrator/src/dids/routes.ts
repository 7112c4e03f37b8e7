import { didTypes, fail, letterOf } from '@leman/contracts';
import {
  type FastifyReply,
  type FastifyRequest,
  type HttpServer,
  jsonBody,
  requireAccept,
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
import { checkDids, checkList, checkNames, checkNewName, shown } from './check-input.ts';
import { compileFilters } from './compile-filters.ts';
import { contentRoutes } from './content-routes.ts';
import { followDid, listFollowers, unfollowDid } from './follow-did.ts';
import { getDid } from './get-did.ts';
import { listDatasetsByGuid } from './list-content.ts';
import { listNewDids, listScope } from './list-scope.ts';
import { metadataRoutes } from './metadata-routes.ts';
import { type Literal, parsePythonLiteral } from './parse-python-literal.ts';
import { resurrectDids } from './resurrect-dids.ts';
import { dictionary, JSON_ONLY, type Named, queryOf, STREAM } from './route-input.ts';
import { sampleDid } from './sample-did.ts';
import { searchDids } from './search-dids.ts';
import { setStatus } from './set-status.ts';

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
  contentRoutes(server, lake);
  metadataRoutes(server, lake);

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
    if (body.open === null) throw fail('TypeError', "'open' must be a boolean type.");
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
    const files = typeof nbfiles === 'string' && /^\d+$/.test(nbfiles) ? Number(nbfiles) : nbfiles;
    if (typeof files !== 'number' || !Number.isInteger(files) || files < 0 || files > 1_000_000) {
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
