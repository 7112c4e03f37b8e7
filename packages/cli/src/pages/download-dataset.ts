import { Readable } from 'node:stream';
import type { Client, DidName, Replica } from '@leman/client';
import { fail } from '@leman/contracts';
import type { HttpServer } from '@leman/foundation';
import type { Lake } from '@leman/orchestrator';
import { attachment, nearestRses, openCopy } from './open-copy.ts';
import { lakeAs } from './own-url.ts';
import { padding, tarEnd, tarHeader } from './tar.ts';

/** Looks through the copies once before the first byte goes out: a tar that ends early is worse than a clear no. */
const checkCopies = async (client: Client, did: DidName): Promise<void> => {
  let [files, missing] = [0, 0];
  for await (const replica of client.replicas.list({ dids: [did], all_states: true })) {
    files += 1;
    if (nearestRses(replica).length === 0) missing += 1;
  }
  if (files === 0) throw fail('ReplicaNotFound', `${did.scope}:${did.name} holds no file with a copy.`);
  if (missing > 0) {
    throw fail(
      'ReplicaNotFound',
      `${missing} of ${files} files of ${did.scope}:${did.name} have no available copy now. Download single files, or wait for its rules.`,
    );
  }
};

/**
 * `GET /ui/api/datasets/:scope/:name`: the files of a dataset or container as one tar, made on the way (constant
 * memory). A storage that fails in the middle cuts the answer, so that the browser tells of a failed download.
 * @throws DataIdentifierNotFound; ReplicaNotFound when a file has no available copy
 */
export const downloadDataset = (server: HttpServer, lake: Lake): void => {
  server.get('/ui/api/datasets/:scope/:name', async (request, reply) => {
    const did = request.params as { scope: string; name: string };
    const client = lakeAs(server, request);
    const { type } = await client.dids.get(did);
    if (type === 'FILE') return reply.redirect(request.url.replace('/datasets/', '/files/'));
    await checkCopies(client, did);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const folder = did.name.slice(did.name.lastIndexOf('/') + 1);
    const written = Math.floor(lake.clock.now() / 1000);

    const body = async function* (): AsyncGenerator<Buffer> {
      const file = async function* (replica: Replica): AsyncGenerator<Buffer> {
        const { rse, answer } = await openCopy(lake, client, replica, { signal: gone.signal });
        yield tarHeader(`${folder}/${replica.name}`, replica.bytes, written);
        let bytes = 0;
        for await (const chunk of answer as AsyncIterable<Buffer>) {
          bytes += chunk.length;
          yield chunk;
        }
        if (bytes !== replica.bytes)
          throw new Error(`${rse} gave ${bytes} bytes of ${replica.name}, not ${replica.bytes}`);
        yield padding(bytes);
      };
      for await (const replica of client.replicas.list({ dids: [did], signal: gone.signal }))
        yield* file(replica);
      yield tarEnd();
    };
    const stream = Readable.from(body(), { objectMode: false });
    stream.on('error', (error) => {
      if (!gone.signal.aborted) lake.log.warn({ err: error, did }, 'the download of a dataset broke');
    });
    return reply
      .header('content-type', 'application/x-tar')
      .header('content-disposition', attachment(`${folder}.tar`))
      .header('x-content-type-options', 'nosniff')
      .send(stream);
  });
};
