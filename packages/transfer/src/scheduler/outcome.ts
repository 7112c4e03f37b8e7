import { StorageError } from '@leman/protocols';
import type { ActiveFile, AttemptResult } from './active-file.ts';

/** How an attempt ended, to be written. */
export interface Outcome {
  file: ActiveFile;
  result: AttemptResult;
  endedAt: number;
  /** Milliseconds until the retry; undefined when the file ends. */
  retryIn: number | undefined;
}

/** Stands for an outcome that the database refuses. */
export const wordless: AttemptResult = {
  ok: false,
  error: new StorageError('How the copy ended could not be written down', {
    side: 'transfer',
    phase: 'verify',
    class: 'failure',
  }),
};
