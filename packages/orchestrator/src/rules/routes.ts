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
import { didExtensions } from '../dids/extensions.ts';
import { findDid } from '../dids/find-dids.ts';
import type { Lake } from '../lake.ts';
import { optionalBoolean, optionalText, required, requiredText } from '../server/parameters.ts';
import { addRules, addRulesOfDid } from './add-rule.ts';
import { approveRule } from './approve-rule.ts';
import { deleteRule } from './delete-rule.ts';
import { listDidRuleHistory, listRuleHistory } from './list-rule-history.ts';
import { listRuleLocks } from './list-rule-locks.ts';
import { getRule, listRules, rulesOfFile } from './list-rules.ts';
import { moveRule } from './move-rule.ts';
import { parseRuleSpec, ruleInteger } from './parse-rule-spec.ts';
import { reduceRule } from './reduce-rule.ts';
import { updateRule } from './update-rule.ts';

const STREAM = ['application/x-json-stream'];
const JSON_TYPE = ['application/json'];
const MAX_EXPRESSION = 3999;

interface Id {
  Params: { rule_id: string };
}
interface Name {
  Params: { scope: string; name: string };
}

/** The query as filters: the first value of each key, empty ones left out. */
const filtersOf = (request: FastifyRequest): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.query as Record<string, string | string[]>).flatMap(([key, value]) => {
      const first = Array.isArray(value) ? value[0] : value;
      return first ? [[key, first]] : [];
    }),
  );

const optionalBody = (request: FastifyRequest): Record<string, unknown> =>
  (request.body as Buffer | undefined)?.length ? jsonBody(request) : {};

/** Ids as the field sends them: JSON text with the content type of a page. */
const sendIds = (reply: Parameters<typeof sendText>[0], ids: unknown, status: number) =>
  sendText(reply, JSON.stringify(ids), status);

export const routes = (server: HttpServer, lake: Lake): void => {
  didExtensions(lake).addRules = (tx, caller, did, bodies) => addRulesOfDid(tx, lake, caller, did, bodies);

  server.get('/rules', async (request, reply) => {
    requireAccept(request, STREAM);
    return sendJsonStream(reply, listRules(lake.sql, filtersOf(request)));
  });
  server.post('/rules', async (request, reply) => {
    const spec = parseRuleSpec(jsonBody(request), request.caller.account);
    return sendIds(reply, await addRules(lake, request.caller, spec), 201);
  });
  server.get<Id>('/rules/:rule_id', async (request, reply) => {
    requireAccept(request, JSON_TYPE);
    if (optionalBoolean(optionalBody(request), 'estimate_ttc', false)) {
      throw fail(
        'NotImplemented',
        'estimate_ttc is not implemented! GET /rules/<id>/explain tells the expected end.',
      );
    }
    return sendJson(reply, await getRule(lake.sql, request.params.rule_id));
  });
  server.put<Id>('/rules/:rule_id', async (request, reply) => {
    const options = required(jsonBody(request), 'options');
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      throw fail('TypeError', "'options' must be a dictionary.");
    }
    const { approve, comment, ...rest } = options as Record<string, unknown>;
    if (approve === undefined) {
      await updateRule(lake, request.caller, request.params.rule_id, options as Record<string, unknown>);
      return sendText(reply, '');
    }
    const [other] = Object.keys(rest);
    if (other)
      throw fail('InputValidationError', `${other.slice(0, 60)} cannot be set together with approve.`, {
        status: 409,
      });
    const yes = optionalBoolean({ approve }, 'approve', false);
    await approveRule(
      lake,
      request.caller,
      request.params.rule_id,
      yes,
      optionalText({ comment }, 'comment', 250),
    );
    return sendText(reply, '');
  });
  server.delete<Id>('/rules/:rule_id', async (request, reply) => {
    const body = optionalBody(request);
    const purge =
      body.purge_replicas === undefined || body.purge_replicas === null
        ? null
        : optionalBoolean(body, 'purge_replicas', false);
    await deleteRule(lake, request.caller, request.params.rule_id, purge);
    return sendText(reply, '');
  });
  server.get<Id>('/rules/:rule_id/locks', async (request, reply) => {
    requireAccept(request, STREAM);
    return sendJsonStream(reply, listRuleLocks(lake.sql, request.params.rule_id));
  });
  server.get<Id>('/rules/:rule_id/history', async (request, reply) => {
    requireAccept(request, STREAM);
    return sendJsonStream(reply, await listRuleHistory(lake.sql, request.params.rule_id));
  });
  server.get<Name>('/rules/:scope/:name/history', async (request, reply) => {
    requireAccept(request, STREAM);
    const { scope, name } = request.params;
    return sendJsonStream(reply, await listDidRuleHistory(lake.sql, scope, name));
  });
  server.post<Id>('/rules/:rule_id/reduce', async (request, reply) => {
    const body = jsonBody(request);
    const copies = ruleInteger('copies', required(body, 'copies'), 1, 1_000_000);
    const exclude = optionalText(body, 'exclude_expression', MAX_EXPRESSION);
    return sendIds(
      reply,
      await reduceRule(lake, request.caller, request.params.rule_id, copies, exclude),
      200,
    );
  });
  server.post<Id>('/rules/:rule_id/move', async (request, reply) => {
    const body = jsonBody(request);
    const expression = requiredText(body, 'rse_expression', MAX_EXPRESSION);
    const override = body.override ?? {};
    if (typeof override !== 'object' || Array.isArray(override))
      throw fail('TypeError', "'override' must be a dictionary.");
    const wanted: Record<string, unknown> = { ...(override as Record<string, unknown>) };
    for (const key of ['activity', 'source_replica_expression'])
      if (body[key] && !(key in wanted)) wanted[key] = body[key];
    return sendIds(
      reply,
      await moveRule(lake, request.caller, request.params.rule_id, expression, wanted),
      201,
    );
  });
  server.get<{ Params: { account: string } }>('/accounts/:account/rules', async (request, reply) => {
    requireAccept(request, STREAM);
    return sendJsonStream(
      reply,
      listRules(lake.sql, { ...filtersOf(request), account: request.params.account }),
    );
  });
  server.get<Name>('/dids/:scope/:name/rules', async (request, reply) => {
    requireAccept(request, STREAM);
    const { scope, name } = await findDid(lake.sql, request.params.scope, request.params.name);
    return sendJsonStream(reply, listRules(lake.sql, { scope, name }));
  });
  server.get<Name>('/dids/:scope/:name/associated_rules', async (request, reply) => {
    requireAccept(request, STREAM);
    const { id } = await findDid(lake.sql, request.params.scope, request.params.name);
    return sendJsonStream(reply, await rulesOfFile(lake.sql, id));
  });
};
