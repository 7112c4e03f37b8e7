import { pipeline, type Readable, Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { StorageError } from '../storage-error.ts';
import type { PutOptions, StorageProtocol } from '../storage-protocol.ts';
import { calling as callingOf, parentOf } from './calling.ts';
import { answerError } from './classify.ts';
import { sameChecksum } from './digest.ts';
import { drain, type HttpClient, httpUrl } from './http-client.ts';

const SMALL = 64 * 1024;

const wrongLength = (length: number, wanted: number) =>
  new StorageError(`The upload has ${length} bytes instead of ${wanted}`, {
    side: 'source',
    phase: 'copy',
    class: 'size',
  });

/** The same stream, broken off with an error when it has another length. Flows only once it is read. */
const exactly = (body: Readable, size: number): Readable => {
  let length = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      done(length > size ? wrongLength(length, size) : null, chunk);
    },
    flush: (done) => done(length === size ? null : wrongLength(length, size)),
  });
  pipeline(body, check, () => undefined);
  return check;
};

/** `put` of the contract: verified after writing, removed again when wrong. */
export const createPut =
  (
    client: HttpClient,
    { stat, mkdir, delete: remove }: Pick<StorageProtocol, 'stat' | 'mkdir' | 'delete'>,
  ): StorageProtocol['put'] =>
  async (url: string, body: Readable, options: PutOptions): Promise<void> => {
    const calling = callingOf(options, 'destination');
    // Also tells the client how to talk to this host before the first byte goes out.
    const existing = await stat(url, options);
    if (existing && !options.overwrite) {
      body.destroy();
      throw new StorageError(`${httpUrl(url).host} already has a file at this place`, {
        side: calling.side,
        phase: calling.phase,
        class: 'exists',
        host: httpUrl(url).host,
      });
    }
    const content = options.size <= SMALL ? await buffer(body) : exactly(body, options.size);
    if (Buffer.isBuffer(content) && content.length !== options.size)
      throw wrongLength(content.length, options.size);
    const headers: Record<string, string> = {};
    if (!options.overwrite) headers['if-none-match'] = '*';
    if (options.adler32) headers.digest = `adler32=${options.adler32}`;
    const attempt = () =>
      client.call({
        ...calling,
        phase: 'copy',
        method: 'PUT',
        url,
        headers,
        body: content,
        size: options.size,
        accept: [404, 409],
      });
    let answer = await attempt();
    const text = await drain(answer.body);
    if (answer.status >= 400) {
      const repeatable = Buffer.isBuffer(content) || content.readableFlowing === null;
      if (!repeatable) throw answerError('PUT', { ...answer, text }, calling.side, 'copy');
      await mkdir(parentOf(url), options);
      answer = await attempt();
      const second = await drain(answer.body);
      if (answer.status >= 400) throw answerError('PUT', { ...answer, text: second }, calling.side, 'copy');
    }
    const stored = await stat(url, {
      ...options,
      side: calling.side,
      phase: 'verify',
      checksum: options.adler32 ? 'adler32' : undefined,
    });
    const wrong =
      stored?.size !== options.size
        ? ('size' as const)
        : options.adler32 &&
            stored.checksums.adler32 &&
            !sameChecksum(stored.checksums.adler32, options.adler32)
          ? ('checksum' as const)
          : undefined;
    if (wrong) {
      await remove(url, { ...options, phase: 'clean', onlyIf: { etag: stored?.etag, size: stored?.size } });
      throw new StorageError(`The ${wrong} at ${answer.host} is not that of the upload`, {
        side: calling.side,
        phase: 'verify',
        class: wrong,
        host: answer.host,
      });
    }
  };
