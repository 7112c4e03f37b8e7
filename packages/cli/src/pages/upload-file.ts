import { Transform } from 'node:stream';
import type { Client } from '@leman/client';
import { createAdler32, FieldError, fail, type UploadedFile } from '@leman/contracts';
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
 * Lets bytes through and sums them up. The last piece is held back until the sum is known to be right: a storage never
 * shows a file whose upload was cut, so wrong bytes leave nothing behind.
 */
const checkedPassage = (name: string, length: number, wanted: string | undefined) => {
  const sum = createAdler32();
  let bytes = 0;
  let held: Buffer | undefined;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      sum.update(chunk);
      const before = held;
      held = chunk;
      done(null, before);
    },
    flush(done) {
      if (bytes === length && (!wanted || wanted === sum.digest())) done(null, held);
      else {
        done(
          fail(
            'FileConsistencyMismatch',
            `${name} changed on its way. Nothing was registered; upload it again.`,
          ),
        );
      }
    },
  });
  return { stream, sum: () => sum.digest() };
};

/** Bytes without an entry would be dark data; who may not delete them leaves them to the consistency check. */
const removeBytes = async (lake: Lake, client: Client, rse: string, pfn: string): Promise<void> => {
  try {
    const signed = await client.replicas.signUrl(rse, pfn, 'delete');
    (await callStorage({ method: 'DELETE', pfn: signed, ca: lake.settings.ca })).resume();
  } catch (error) {
    lake.log.warn({ err: error, rse, pfn }, 'the bytes of a refused upload stay');
  }
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
      // Told before the bytes move: an upload that cannot be attached would have to be undone.
      if (parent && (await client.dids.get(parent)).type !== 'DATASET') {
        throw fail('UnsupportedOperation', `${dataset} is no dataset: files go into datasets only.`);
      }
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

      const wanted = request.headers['x-adler32'];
      const passage = checkedPassage(name, length, typeof wanted === 'string' ? wanted : undefined);
      const gone = new AbortController();
      request.raw.once('aborted', () => gone.abort());
      request.raw.pipe(passage.stream);
      const answer = await callStorage(
        {
          method: 'PUT',
          pfn: place.pfn,
          token: place.token,
          ca: lake.settings.ca,
          headers: { 'content-length': length },
          signal: gone.signal,
        },
        passage.stream,
      ).catch((error: unknown) => {
        throw error instanceof FieldError ? error : storageIsDown(rse, error);
      });
      const said = await sayAnswer(answer);
      if (!answer.statusCode || answer.statusCode >= 300) {
        throw fail(
          'ResourceTemporaryUnavailable',
          `${rse} refused ${name}: ${said}. Nothing was registered.`,
        );
      }
      const bytes = length;
      const adler32 = passage.sum();
      try {
        await client.replicas.add(rse, [{ scope, name, bytes, adler32 }]);
      } catch (error) {
        await removeBytes(lake, client, rse, place.pfn);
        throw error;
      }
      if (parent) await client.dids.attach(parent, [{ scope, name }]);
      return sendJson(reply, { scope, name, rse, bytes, adler32 } satisfies UploadedFile, 201);
    } finally {
      // A browser reads the answer only after it has sent everything.
      if (!request.raw.readableEnded) {
        request.raw.unpipe();
        request.raw.resume();
      }
    }
  });
};
