import { type FileStat, StorageError, type StorageProtocol } from '@leman/protocols';
import type { ActiveFile } from '../scheduler/active-file.ts';
import { type Expectation, isWanted } from './expectation.ts';

/** A late answer must not meet the next attempt, so this waits long. */
const DELETE_ANSWER_MS = 120_000;
/** `Last-Modified` has whole seconds. */
const CLOCK_GRAIN_MS = 2_000;

/** Whether a file was modified since then, by the storage's own clock; undefined when it does not tell. */
export const isSince = (start: Date, { modifiedAt, now: at }: FileStat, now: number): boolean | undefined => {
  if (!modifiedAt) return undefined;
  const skew = at ? at.getTime() - now : 0;
  return modifiedAt.getTime() >= start.getTime() + skew - CLOCK_GRAIN_MS;
};

/**
 * Whether a file at the destination can have been written by this file's attempts: it was modified since the first of
 * them began, by the storage's own clock. Unknown times count as not ours.
 */
export const isOurs = (file: ActiveFile, found: FileStat, now: number): boolean =>
  isSince(file.firstStarted, found, now) === true;

/** What this attempt found about the name before its copy, and about the copy. */
export interface Trace {
  /** The name was free. */
  wasAbsent: boolean;
  /** The storage said the copy was complete, so it may be of any size; what is left of another is not larger than the source. */
  wasCopied: boolean;
}

const isForeign = (
  file: ActiveFile,
  found: FileStat,
  expected: Expectation,
  { wasAbsent, wasCopied }: Trace,
  now: number,
): boolean => {
  if (!wasCopied && expected.size !== undefined && found.size > expected.size) return true;
  return wasAbsent ? isSince(file.startedAt, found, now) === false : !isOurs(file, found, now);
};

/**
 * Removes what a failed attempt left at the destination, if it can be ours (the name was free when this attempt looked
 * and the file is not older than it, or the file is younger than the first attempt; and it is no larger than the source)
 * and still the same at the moment of deletion.
 *
 * `complete`: the file there is right after all. `unanswered`: the delete may still happen later, so nothing may be
 * written to this name by us again.
 */
export const cleanDestination = async (
  protocol: StorageProtocol,
  file: ActiveFile,
  expected: Expectation,
  clock: { now(): number },
  trace: Trace,
): Promise<'clean' | 'complete' | 'foreign' | 'unknown' | 'unanswered'> => {
  const call = { token: file.destinationToken, side: 'destination', phase: 'clean' } as const;
  let found: FileStat | undefined;
  try {
    found = await protocol.stat(file.destination, {
      ...call,
      checksum: expected.algorithm,
      time: !trace.wasAbsent,
    });
  } catch {
    return 'unknown';
  }
  if (!found) return 'clean';
  if (isWanted(found, expected) && !file.abort.signal.aborted) return 'complete';
  if (isForeign(file, found, expected, trace, clock.now())) return 'foreign';
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
