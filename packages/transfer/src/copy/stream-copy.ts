import { Transform } from 'node:stream';
import { StorageError, type StorageProtocol } from '@leman/protocols';
import type { ActiveFile } from '../scheduler/active-file.ts';
import type { Expectation } from './expectation.ts';

/** Copies through the service: the last resort, when neither side can copy by itself. */
export const streamCopy = async (
  source: StorageProtocol,
  destination: StorageProtocol,
  file: ActiveFile,
  expected: Expectation,
  overwrite: boolean,
  signal: AbortSignal,
): Promise<void> => {
  const opened = await source.get(file.source, {
    token: file.sourceToken,
    signal,
    side: 'source',
    phase: 'copy',
  });
  const size = expected.size ?? opened.size;
  if (size === undefined) {
    opened.body.destroy();
    throw new StorageError('The source does not tell how large the file is', {
      side: 'source',
      phase: 'prepare',
      class: 'failure',
    });
  }
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      file.bytes += chunk.length;
      done(null, chunk);
    },
  });
  opened.body.once('error', (error) => count.destroy(error));
  await destination.put(file.destination, opened.body.pipe(count), {
    token: file.destinationToken,
    signal,
    side: 'destination',
    phase: 'copy',
    size,
    overwrite,
    ...(expected.algorithm === 'adler32' && expected.value ? { adler32: expected.value } : {}),
  });
};
