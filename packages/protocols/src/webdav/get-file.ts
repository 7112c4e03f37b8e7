import { pipeline, Readable, Transform } from 'node:stream';
import type { StorageProtocol } from '../storage-protocol.ts';
import { calling } from './calling.ts';
import type { HttpClient } from './http-client.ts';

/** `get` of the contract; a range is held to the size of the file before it is asked for. */
export const createGet =
  (client: HttpClient, stat: StorageProtocol['stat']): StorageProtocol['get'] =>
  async (url, options) => {
    let range = options?.range;
    if (range) {
      // XRootD 5 answers a range beyond the end, or one without an end, with a length that never comes.
      const found = await stat(url, options);
      const end = Math.min(range.end ?? found?.size ?? 0, found?.size ?? 0);
      if (found && end <= range.start) return { size: 0, body: Readable.from([]) };
      range = { start: range.start, end };
    }
    const answer = await client.call({
      ...calling(options, 'source'),
      method: 'GET',
      url,
      ...(range ? { headers: { range: `bytes=${range.start}-${range.end! - 1}` } } : {}),
    });
    const announced = answer.headers['content-length'];
    if (!range || answer.status !== 200)
      return { size: announced === undefined ? undefined : Number(announced), body: answer.body };
    // A server that does not know ranges sends all of it: cut here.
    const { start, end } = range as { start: number; end: number };
    let at = 0;
    const cut = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
        at += chunk.length;
        done(null, piece);
      },
    });
    pipeline(answer.body, cut, () => undefined);
    return { size: end - start, body: cut };
  };
