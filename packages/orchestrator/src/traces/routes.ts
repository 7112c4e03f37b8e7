import { fail } from '@leman/contracts';
import { type HttpServer, jsonBody, sendText } from '@leman/foundation';
import { clientIp } from '../accounts/require-token.ts';
import type { Lake } from '../lake.ts';
import { receiveTraces } from './receive-traces.ts';

/** Routes of the room: /traces and /nongrid_traces, open to all. */
export const routes = (server: HttpServer, lake: Lake): void => {
  for (const path of ['/traces', '/nongrid_traces']) {
    server.post(path, { config: { open: true }, bodyLimit: 4 * 1024 * 1024 }, async (request, reply) => {
      const body = jsonBody(request, 'any');
      const traces = Array.isArray(body) ? body : [body];
      if (traces.some((trace) => typeof trace !== 'object' || trace === null || Array.isArray(trace))) {
        throw fail('ValueError', 'A trace must be a JSON dictionary; send one or a list of them.');
      }
      // PostgreSQL cannot keep NUL in a document; a trace with one is not worth an error.
      if (/\\u0000/.test((request.body as Buffer).toString('latin1')))
        throw fail('ValueError', 'A trace holds the character NUL.');
      await receiveTraces(lake, traces as Record<string, unknown>[], clientIp(request));
      return sendText(reply, 'Created', 201);
    });
  }
};
