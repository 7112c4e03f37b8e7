import { read } from 'node:fs';
import { fail } from '@leman/contracts';
import type { StorageContext } from './context.ts';

const readInto = (handle: number, buffer: Buffer, length: number, position: number): Promise<number> =>
  new Promise((resolve, reject) => {
    read(handle, buffer, 0, length, position, (error, count) => (error ? reject(error) : resolve(count)));
  });

/** Where bytes go: an answer, or a request to another storage. Resolves when the bytes have left the buffer. */
export type Sink = (chunk: Buffer) => Promise<void>;

/**
 * Sends `length` bytes of an open file from `position` on. Two pooled buffers: one is read while the other leaves.
 * @throws RucioException when the file is shorter than promised
 */
export const readFile = async (
  context: StorageContext,
  handle: number,
  range: { position: number; length: number },
  sink: Sink,
): Promise<void> => {
  let { position, length: left } = range;
  let leaving: Promise<void> | undefined;
  try {
    while (left > 0) {
      const buffer = context.buffers.take();
      let count: number;
      try {
        count = await readInto(handle, buffer, Math.min(buffer.length, left), position);
        if (count === 0) throw fail('RucioException', 'The file became shorter while it was read.');
        await context.throttle.pass(count);
        await leaving;
      } catch (error) {
        context.buffers.give(buffer);
        throw error;
      }
      leaving = sink(buffer.subarray(0, count)).finally(() => context.buffers.give(buffer));
      // Its failure is seen at the next turn; it must not count as unheard before.
      leaving.catch(() => undefined);
      context.traffic.out(count);
      position += count;
      left -= count;
    }
    await leaving;
  } finally {
    await leaving?.catch(() => undefined);
  }
};
