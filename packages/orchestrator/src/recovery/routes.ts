import { badFileStates, fail, letterOf } from '@leman/contracts';
import {
  type FastifyRequest,
  type HttpServer,
  jsonBody,
  parseWireDate,
  requireAccept,
  sendJson,
  sendJsonStream,
  sendText,
} from '@leman/foundation';
import { requireAdmin, requireRoot } from '../accounts/permissions.ts';
import { checkList, checkNames, shown } from '../dids/check-input.ts';
import type { Lake } from '../lake.ts';
import { findRse } from '../rses/find-rse.ts';
import { resolveExpression } from '../rses/resolve-expression.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import {
  optionalBoolean,
  optionalInteger,
  optionalText,
  type Parameters,
  requiredText,
} from '../server/parameters.ts';
import { addBadPfns, checkExpiry } from './add-bad-pfns.ts';
import { declareReplicas } from './declare-replicas.ts';
import { listBadReplicas, listSuspiciousReplicas, summarizeBadReplicas } from './list-bad-replicas.ts';
import { checkPfns, mergeRefused, nameReplicas, replicasOfPfns } from './name-replicas.ts';
import { quarantineReplicas } from './quarantine-replicas.ts';

const MAX_REASON = 255;
const SUSPICIOUS_DAYS = 10;

/** Query parameters: one JSON document as the whole query, or ordinary ones (contract 1.1). */
const queryOf = (request: FastifyRequest): Parameters => {
  const text = request.originalUrl.split('?')[1] ?? '';
  if (/^(%7B|\{)/i.test(text)) {
    try {
      const parsed: unknown = JSON.parse(decodeURIComponent(text.replaceAll('+', ' ')));
      const entries = Object.entries(parsed as Record<string, unknown>);
      return Object.fromEntries(
        entries.map(([key, value]) => [key, Array.isArray(value) ? value[0] : value]),
      );
    } catch {
      throw fail('ValueError', 'The query is neither JSON nor a list of parameters.');
    }
  }
  return request.query as Parameters;
};

const dateOf = (query: Parameters, name: string): Date | undefined => {
  const value = query[name];
  if (value === undefined || value === null || value === '') return undefined;
  const date = parseWireDate(value);
  if (!date) throw fail('ValueError', `${name} ${shown(value)} must be a date like 2026-11-20T05:54:06.`);
  return date;
};

/** Routes of the room: what is said against copies. */
export const routes = (server: HttpServer, lake: Lake): void => {
  const { sql, wakeups } = lake;
  const changed = () => {
    // The directory first: an RSE may have been closed, which the judge-repairer has to see.
    for (const channel of ['rses', 'hermes', 'judge-repairer']) wakeups.wake(channel);
  };

  server.post('/replicas/bad', async (request, reply) => {
    const body = jsonBody(request);
    requireRoot(request.caller, 'declare bad replicas');
    const reason = optionalText(body, 'reason', MAX_REASON);
    const force = optionalBoolean(body, 'force', false);
    const named = checkList(body.replicas ?? [], 'replicas', { min: 0, max: 10_000 });
    const given = named.length > 0 ? named : (body.pfns ?? []);
    const { replicas, refused } = await nameReplicas(lake, given);
    const account = request.caller.account;
    const more = await sql.begin((tx) =>
      declareReplicas(tx, lake, replicas, { state: 'B', reason, account, force }),
    );
    changed();
    return sendJson(reply, mergeRefused(refused, more), 201);
  });
  server.post('/replicas/suspicious', async (request, reply) => {
    const body = jsonBody(request);
    const reason = optionalText(body, 'reason', MAX_REASON);
    const { replicas, refused } = await nameReplicas(lake, body.pfns ?? []);
    const account = request.caller.account;
    const more = await sql.begin((tx) =>
      declareReplicas(tx, lake, replicas, { state: 'S', reason, account }),
    );
    return sendJson(reply, mergeRefused(refused, more), 201);
  });
  server.post('/replicas/bad/dids', async (request, reply) => {
    const body = jsonBody(request);
    requireRoot(request.caller, 'declare bad replicas');
    const names = checkNames(body.dids ?? [], { min: 0, max: 10_000 });
    const expiresAt = dateOf(body, 'expires_at');
    const rse = findRse(await rseDirectory(lake), requiredText(body, 'rse'));
    const reason = optionalText(body, 'reason', MAX_REASON);
    const replicas = names.map((did) => ({ ...did, rse, shown: `${did.scope}:${did.name}` }));
    const declaration = {
      state: 'B' as const,
      reason,
      account: request.caller.account,
      expiresAt: expiresAt ?? null,
    };
    const refused = await sql.begin((tx) => declareReplicas(tx, lake, replicas, declaration));
    changed();
    return sendJson(reply, refused[rse.rse] ?? [], 201);
  });
  server.post('/replicas/bad/pfns', async (request, reply) => {
    const body = jsonBody(request);
    const pfns = checkPfns(body.pfns);
    const state = letterOf(badFileStates, typeof body.state === 'string' ? body.state : '');
    if (state !== 'B' && state !== 'S' && state !== 'T') {
      throw fail(
        'InputValidationError',
        `The state ${shown(body.state)} must be BAD, SUSPICIOUS or TEMPORARY_UNAVAILABLE.`,
      );
    }
    if (state !== 'S') requireRoot(request.caller, 'declare bad PFNs');
    const expiresAt = dateOf(body, 'expires_at');
    checkExpiry(state, expiresAt, lake.clock.now());
    const reason = optionalText(body, 'reason', MAX_REASON);
    const declaration = { state, reason, account: request.caller.account, expiresAt: expiresAt ?? null };
    const named = await replicasOfPfns(lake, pfns);
    await sql.begin((tx) => addBadPfns(tx, lake, named, declaration));
    changed();
    return sendText(reply, 'Created', 201);
  });

  server.get('/replicas/bad/states', async (request, reply) => {
    requireAccept(request, ['application/x-json-stream']);
    const query = queryOf(request);
    const directory = await rseDirectory(lake);
    const state = query.state === undefined ? undefined : letterOf(badFileStates, query.state);
    if (query.state !== undefined && !state)
      throw fail(
        'ValueError',
        `${shown(query.state)} is no state of a bad replica. Use a letter of B, D, L, R, S, T.`,
      );
    const rse = optionalText(query, 'rse');
    const rows = await listBadReplicas(sql, directory, {
      state,
      rse: rse === null ? undefined : findRse(directory, rse),
      youngerThan: dateOf(query, 'younger_than'),
      olderThan: dateOf(query, 'older_than'),
      limit: optionalInteger(query, 'limit', { min: 0 }),
    });
    return await sendJsonStream(reply, rows);
  });
  server.get('/replicas/bad/summary', async (request, reply) => {
    requireAccept(request, ['application/x-json-stream']);
    const query = queryOf(request);
    const directory = await rseDirectory(lake);
    const expression = optionalText(query, 'rse_expression', 3000);
    const rses = expression ? resolveExpression(directory, expression) : directory.all;
    return await sendJsonStream(
      reply,
      await summarizeBadReplicas(sql, directory, rses, dateOf(query, 'from_date'), dateOf(query, 'to_date')),
    );
  });
  server.get('/replicas/suspicious', async (request, reply) => {
    requireAccept(request, ['application/json']);
    const query = queryOf(request);
    const directory = await rseDirectory(lake);
    const expression = optionalText(query, 'rse_expression', 3000);
    const rses = expression ? resolveExpression(directory, expression) : directory.all;
    const since = dateOf(query, 'younger_than') ?? new Date(lake.clock.now() - SUSPICIOUS_DAYS * 86_400_000);
    const attempts = optionalInteger(query, 'nattempts', { min: 0 }) ?? 0;
    return sendJson(reply, await listSuspiciousReplicas(sql, directory, rses, since, attempts));
  });

  server.post('/replicas/quarantine', async (request, reply) => {
    const body = jsonBody(request);
    const list = checkList(body.replicas ?? [], 'replicas', { min: 0, max: 10_000 });
    if (list.length === 0) return sendText(reply, '');
    const [name, id] = [optionalText(body, 'rse'), optionalText(body, 'rse_id')];
    if ((name === null) === (id === null)) {
      throw fail('InputValidationError', 'Either RSE name or RSE id must be specified, but not both.');
    }
    const files = list.map((item) => {
      const {
        path,
        scope,
        name: file,
      } = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
      if (typeof path !== 'string' || path === '' || path.length > 1024)
        throw fail('InputValidationError', 'Replica info must include path.');
      for (const text of [scope, file])
        if (text !== undefined && text !== null && typeof text !== 'string')
          throw fail('InputValidationError', 'Scope and name of a replica must be text.');
      return {
        path,
        scope: typeof scope === 'string' ? scope : null,
        name: typeof file === 'string' ? file : null,
      };
    });
    try {
      requireAdmin(request.caller, 'quarantine replicas');
    } catch (error) {
      throw fail('AccessDenied', (error as Error).message, { status: 403 });
    }
    const directory = await rseDirectory(lake);
    const rse = name === null ? directory.byId.get(id!.replaceAll('-', '')) : findRse(directory, name);
    if (!rse) throw fail('RSENotFound', `There is no RSE with the id ${shown(id)}.`);
    await quarantineReplicas(sql, rse.id, files, new Date(lake.clock.now()));
    return sendText(reply, '');
  });
};
