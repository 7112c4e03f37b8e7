import { fail } from '@leman/contracts';
import { type HttpServer, sendJson } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { queryText } from '../server/parameters.ts';
import { analyseRule } from './analyse-rule.ts';
import { explainRule } from './explain-rule.ts';
import { listMissingFiles } from './list-missing-files.ts';

interface Id {
  Params: { rule_id: string };
}

export const routes = (server: HttpServer, lake: Lake): void => {
  server.get<Id>('/rules/:rule_id/analysis', async (request, reply) =>
    sendJson(reply, await analyseRule(lake.sql, request.params.rule_id)),
  );
  server.get<Id>('/rules/:rule_id/explain', async (request, reply) =>
    sendJson(reply, await explainRule(lake.sql, request.params.rule_id, lake.clock.now())),
  );
  server.get<Id>('/rules/:rule_id/explain/files', async (request, reply) => {
    const reason = queryText(request.query, 'reason');
    if (reason !== undefined && !/^[A-Z_]{1,60}$/.test(reason))
      throw fail('ValueError', 'reason must be a reason code, such as NO_SOURCES.');
    return sendJson(
      reply,
      await listMissingFiles(lake.sql, request.params.rule_id, reason, queryText(request.query, 'after')),
    );
  });
};
