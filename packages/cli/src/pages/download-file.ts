import { collect } from '@leman/client';
import { fail } from '@leman/contracts';
import type { HttpServer } from '@leman/foundation';
import type { Lake } from '@leman/orchestrator';
import { attachment, openCopy } from './open-copy.ts';
import { lakeAs } from './own-url.ts';

/**
 * `GET /ui/api/files/:scope/:name`: the bytes of a file, from the nearest copy that answers. Takes a Range.
 * @throws ReplicaNotFound, ResourceTemporaryUnavailable
 */
export const downloadFile = (server: HttpServer, lake: Lake): void => {
  server.get('/ui/api/files/:scope/:name', async (request, reply) => {
    const { scope, name } = request.params as { scope: string; name: string };
    const client = lakeAs(server, request);
    const [replica] = await collect(client.replicas.list({ dids: [{ scope, name }] }), 1);
    if (!replica || replica.name !== name)
      throw fail('ReplicaNotFound', `${scope}:${name} is no file of the lake.`);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const { rse, answer } = await openCopy(lake, client, replica, {
      range: request.headers.range,
      signal: gone.signal,
    });
    answer.on('error', (error) => {
      if (!gone.signal.aborted) lake.log.warn({ err: error, rse, scope, name }, 'a download broke');
    });
    for (const header of ['content-length', 'content-range', 'accept-ranges'] as const) {
      const value = answer.headers[header];
      if (value) reply.header(header, value);
    }
    return reply
      .code(answer.statusCode!)
      .header('content-type', 'application/octet-stream')
      .header('content-disposition', attachment(name))
      .header('x-content-type-options', 'nosniff')
      .header('x-leman-rse', rse)
      .send(answer);
  });
};
