import { type FileStat, StorageError, type StorageProtocol } from '@leman/protocols';
import type { ActiveFile } from '../scheduler/active-file.ts';
import { type Expectation, isWanted } from './expectation.ts';

/** A late answer must not meet the next attempt, so this waits long. */
const DELETE_ANSWER_MS = 120_000;
/** `Last-Modified` has whole seconds. */
const CLOCK_GRAIN_MS = 2_000;

/**
 * Whether a file at the destination can have been written by this file's attempts: it was modified since the first of
 * them began, by the storage's own clock. Unknown times count as not ours.
 */
export const isOurs = (file: ActiveFile, found: FileStat, now: number): boolean => {
  if (!found.modifiedAt) return false;
  const skew = found.now ? found.now.getTime() - now : 0;
  return found.modifiedAt.getTime() >= file.firstStarted.getTime() + skew - CLOCK_GRAIN_MS;
};

/**
 * Removes what a failed attempt left at the destination, if it is ours (the name was free when this attempt looked, or
 * the file is younger than the first attempt) and still the same at the moment of deletion.
 *
 * `complete`: the file there is right after all. `unanswered`: the delete may still happen later, so nothing may be
 * written to this name by us again.
 */
export const cleanDestination = async (
  protocol: StorageProtocol,
  file: ActiveFile,
  expected: Expectation,
  clock: { now(): number },
  wasAbsent: boolean,
): Promise<'clean' | 'complete' | 'foreign' | 'unknown' | 'unanswered'> => {
  const call = { token: file.destinationToken, side: 'destination', phase: 'clean' } as const;
  let found: FileStat | undefined;
  try {
    found = await protocol.stat(file.destination, {
      ...call,
      checksum: expected.algorithm,
      time: !wasAbsent,
    });
  } catch {
    return 'unknown';
  }
  if (!found) return 'clean';
  if (isWanted(found, expected) && !file.abort.signal.aborted) return 'complete';
  if (!wasAbsent && !isOurs(file, found, clock.now())) return 'foreign';
  try {
    const gone = await protocol.delete(file.destination, {
      ...call,
      answerMs: DELETE_ANSWER_MS,
      onlyIf: { etag: found.etag, size: found.size },
    });
    return gone === 'changed' ? 'foreign' : 'clean';
  } catch (error) {
    const sent =
      error instanceof StorageError &&
      (error.class === 'timeout' || error.class === 'reset' || error.class === 'stalled');
    return sent ? 'unanswered' : 'unknown';
  }
};
