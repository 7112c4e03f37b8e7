import { Transform } from 'node:stream';
import { createAdler32, FieldError, fail } from '@leman/contracts';
import { type HttpServer, sendJson } from '@leman/foundation';
import type { Lake } from '@leman/orchestrator';
import { lakeAs } from './own-url.ts';
import { callStorage, sayAnswer, storageIsDown } from './storage-http.ts';

const splitDid = (text: string) => {
  const at = text.indexOf(':');
  if (at < 1 || at === text.length - 1) throw fail('ValueError', `${text} is no name: write scope:name.`);
  return { scope: text.slice(0, at), name: text.slice(at + 1) };
};

/**
 * `PUT /ui/api/files/:rse/:scope/:name`: the body goes to the storage as it comes (nothing is kept), its adler32 is
 * made on the way and compared with the header `X-Adler32` of the browser, then the copy is registered and attached
 * to `?dataset=scope:name`. Answers `{ scope, name, rse, bytes, adler32 }`.
 * @throws ValueError without a length; DataIdentifierAlreadyExists; FileConsistencyMismatch; what the lake refuses.
 */
export const uploadFile = (server: HttpServer, lake: Lake): void => {
  server.put('/ui/api/files/:rse/:scope/:name', async (request, reply) => {
    const { rse, scope, name } = request.params as { rse: string; scope: string; name: string };
    const { dataset } = request.query as { dataset?: string };
    const client = lakeAs(server, request);
    try {
      const length = Number(request.headers['content-length'] ?? Number.NaN);
      if (!Number.isSafeInteger(length)) throw fail('ValueError', 'The upload has to tell its length.');
      const parent = dataset ? splitDid(dataset) : undefined;
      const known = await client.dids.get({ scope, name }).catch((error: unknown) => {
        if (error instanceof FieldError && error.name === 'DataIdentifierNotFound') return undefined;
        throw error;
      });
      if (known) {
        throw fail(
          'DataIdentifierAlreadyExists',
          `${scope}:${name} is in the lake already. Names stay what they are: upload it under another name.`,
        );
      }
      const [place] = await client.replicas.storageTokens([{ rse, scope, name, operation: 'write' }]);
      if (!place) throw fail('ResourceTemporaryUnavailable', `The lake gave no place for ${name} at ${rse}.`);

      const sum = createAdler32();
      let bytes = 0;
      const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          bytes += chunk.length;
          sum.update(chunk);
          done(null, chunk);
        },
      });
      const gone = new AbortController();
      request.raw.once('aborted', () => gone.abort());
      const call = { pfn: place.pfn, token: place.token, ca: lake.settings.ca };
      request.raw.pipe(count);
      const answer = await callStorage(
        { ...call, method: 'PUT', headers: { 'content-length': length }, signal: gone.signal },
        count,
      ).catch((error: unknown) => {
        throw storageIsDown(rse, error);
      });
      const said = await sayAnswer(answer);
      if (!answer.statusCode || answer.statusCode >= 300) {
        throw fail(
          'ResourceTemporaryUnavailable',
          `${rse} refused ${name}: ${said}. Nothing was registered.`,
        );
      }
      const adler32 = sum.digest();
      const wanted = request.headers['x-adler32'];
      try {
        if (bytes !== length || (wanted && wanted !== adler32)) {
          throw fail(
            'FileConsistencyMismatch',
            `${name} changed on its way. Nothing was registered; upload it again.`,
          );
        }
        await client.replicas.add(rse, [{ scope, name, bytes, adler32 }]);
      } catch (error) {
        // Bytes without an entry would be dark data.
        await callStorage({ ...call, method: 'DELETE' })
          .then((gone) => gone.resume())
          .catch((failure) =>
            lake.log.warn({ err: failure, rse, scope, name }, 'bytes of a refused upload stay'),
          );
        throw error;
      }
      if (parent) await client.dids.attach(parent, [{ scope, name }]);
      return sendJson(reply, { scope, name, rse, bytes, adler32 }, 201);
    } finally {
      // A browser reads the answer only after it has sent everything.
      if (!request.raw.readableEnded) {
        request.raw.unpipe();
        request.raw.resume();
      }
    }
  });
};
