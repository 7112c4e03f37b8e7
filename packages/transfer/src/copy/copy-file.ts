import type { Clock } from '@leman/foundation';
import { type Protocols, StorageError, type Turns } from '@leman/protocols';
import type { TransferConfig } from '../config.ts';
import type { ActiveFile } from '../scheduler/active-file.ts';
import type { Expectation } from './expectation.ts';
import type { StorageSoftware } from './storage-software.ts';
import { streamCopy } from './stream-copy.ts';

export interface AttemptTools {
  protocols: Protocols;
  software: StorageSoftware;
  config: TransferConfig;
  clock: Clock;
  /** Copies through the service take turns. */
  streams: Turns;
}

/** Pull by the destination; push by the source when the destination cannot; through the service when neither can. */
export const copyFile = async (
  file: ActiveFile,
  tools: AttemptTools,
  expected: Expectation,
  overwrite: boolean,
  signal: AbortSignal,
): Promise<void> => {
  const { protocols, config, software } = tools;
  const [source, destination] = [protocols.of(file.source), protocols.of(file.destination)];
  let unsupported: StorageError | undefined;
  if (source.name === destination.name) {
    for (const mode of ['pull', 'push'] as const) {
      const active = mode === 'pull' ? destination : source;
      if (!active.thirdPartyCopy || !active.features.thirdPartyCopy[mode]) continue;
      file.mode = mode;
      let accepted = false;
      try {
        const result = await active.thirdPartyCopy({
          mode,
          source: file.source,
          destination: file.destination,
          sourceToken: file.sourceToken,
          destinationToken: file.destinationToken,
          overwrite,
          ...(expected.algorithm === 'adler32' && expected.value
            ? { adler32: expected.value.toLowerCase().padStart(8, '0') }
            : {}),
          scitag: file.scitag,
          clientInfo: `job-id=${file.jobId};file-id=${file.fileId};retry=${file.retry}`,
          onAccepted: () => {
            accepted = true;
          },
          onMarker: ({ bytes }) => {
            file.bytes = bytes;
          },
          signal,
          stallMs: config.stallSeconds * 1000,
        });
        file.bytes = Math.max(file.bytes, result.bytes);
        software.note(mode === 'pull' ? file.destSe : file.sourceSe, result.software);
        return;
      } catch (error) {
        const status = (error instanceof StorageError && error.httpStatus) || 0;
        file.refused = !accepted && status >= 400 && status < 500;
        if (!(error instanceof StorageError) || error.class !== 'unsupported') throw error;
        unsupported = error;
      }
    }
  }
  if (!config.streaming) {
    throw (
      unsupported ??
      new StorageError(
        'The two storages speak different protocols, and copying through the service is switched off',
        { side: 'transfer', phase: 'prepare', class: 'unsupported' },
      )
    );
  }
  file.refused = false;
  file.mode = 'stream';
  await tools.streams.run('stream', config.streamsMax, () =>
    streamCopy(source, destination, file, expected, overwrite, signal),
  );
};
