import { fail } from '@leman/contracts';
import { type HttpServer, jsonBody, requireAccept, sendJson, sendText } from '@leman/foundation';
import { requireAdmin, requireRoot } from '../accounts/permissions.ts';
import type { Lake } from '../lake.ts';
import { optionalInteger, optionalText, requiredText } from '../server/parameters.ts';
import { beat } from './beat.ts';
import { listHeartbeats } from './list-heartbeats.ts';

const MAX_PID = 2 ** 31 - 1;

export const routes = (server: HttpServer, lake: Lake): void => {
  server.get('/heartbeats', async (request, reply) => {
    requireAccept(request, ['application/json']);
    requireRoot(request.caller, 'list heartbeats');
    return sendJson(reply, await listHeartbeats(lake.sql));
  });

  server.post('/heartbeats', async (request, reply) => {
    const body = jsonBody(request);
    const executable = requiredText(body, 'executable', 512);
    const hostname = requiredText(body, 'hostname', 128);
    const pid = optionalInteger(body, 'pid', { min: 0, max: MAX_PID });
    if (pid === undefined) throw fail('KeyError', `'pid' not defined`);
    const olderThan = optionalInteger(body, 'older_than', { min: 1 });
    const payload = optionalText(body, 'payload', 3000);
    requireAdmin(request.caller, 'send heartbeats');
    await beat(lake, [{ executable, hostname, pid, threadName: 'main', payload }], olderThan);
    return sendText(reply, 'OK');
  });
};
