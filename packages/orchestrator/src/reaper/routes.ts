import { fail } from '@leman/contracts';
import { type HttpServer, sendJson } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { findRse } from '../rses/find-rse.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { queryText } from '../server/parameters.ts';
import { deletionPlan } from './deletion-plan.ts';

/** `GET /reaper/plan?rse=NAME`: what would be deleted there now, what is kept, and why. */
export const routes = (server: HttpServer, lake: Lake): void => {
  server.get('/reaper/plan', async (request, reply) => {
    const name = queryText(request.query, 'rse');
    if (!name) throw fail('MissingParameter', 'rse is missing. Name the storage: /reaper/plan?rse=NAME.');
    const directory = await rseDirectory(lake);
    const rse = findRse(directory, name);
    return sendJson(reply, await deletionPlan(lake.sql, directory, rse, new Date(lake.clock.now())));
  });
};
