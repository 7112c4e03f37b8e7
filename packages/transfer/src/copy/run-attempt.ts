import { type FileStat, StorageError, type StorageProtocol } from '@leman/protocols';
import type { ActiveFile, AttemptResult, Failure } from '../scheduler/active-file.ts';
import { checkTokens } from './check-tokens.ts';
import { cleanDestination, isOurs, isSince } from './clean-destination.ts';
import { type AttemptTools, copyFile } from './copy-file.ts';
import {
  type Expectation,
  givenExpectation,
  hostOf,
  isWanted,
  needsSource,
  withSource,
} from './expectation.ts';
import { verifyCopy } from './verify-copy.ts';

/** Why an attempt is broken off when the service ends: nothing is cleaned then. */
export const STOPPING = 'the service is stopping';

const MIB = 1024 * 1024;
const existsError = (file: ActiveFile, found: FileStat, expected: Expectation): Failure => {
  const checksum = expected.algorithm ? found.checksums[expected.algorithm] : undefined;
  const detail = `${found.size} bytes${checksum ? `, ${expected.algorithm} ${checksum}` : ''} instead of ${expected.size ?? '?'} bytes${expected.value ? `, ${expected.value}` : ''}`;
  return {
    ok: false,
    error: new StorageError(`at ${hostOf(file.destination)}: ${detail}`, {
      side: 'destination',
      phase: 'prepare',
      class: 'exists',
      host: hostOf(file.destination),
    }),
    found: { size: found.size, checksum },
  };
};

/**
 * One attempt at one file, from the look at the source to the verified copy. Never throws. Whatever fails, only what
 * this file's attempts wrote is removed, and before the attempt ends: a cleaning never meets a later attempt.
 */
export const runAttempt = async (file: ActiveFile, tools: AttemptTools): Promise<AttemptResult> => {
  const { protocols, software, config, clock } = tools;
  const fail = (error: unknown): Failure => ({
    ok: false,
    error:
      error instanceof StorageError
        ? error
        : new StorageError((error as Error).message, {
            side: 'transfer',
            phase: 'prepare',
            class: (error as Error).name === 'RSEProtocolNotSupported' ? 'unsupported' : 'failure',
            cause: error,
          }),
  });
  const done = (found: FileStat | undefined, expected: Expectation, alreadyThere = false): AttemptResult => {
    const checksum = (expected.algorithm && found?.checksums[expected.algorithm]) ?? expected.value;
    return { ok: true, size: found?.size ?? expected.size ?? 0, checksum, alreadyThere };
  };
  let began = false;
  let wasAbsent = false;
  let expected: Expectation = { size: file.size, algorithm: undefined, value: undefined };
  let destination: StorageProtocol | undefined;
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(),
    Math.min(
      2 ** 31 - 1,
      (config.timeoutSeconds + (config.timeoutSecondsPerMib * (file.size ?? 0)) / MIB) * 1000,
    ),
  );
  const signal = AbortSignal.any([file.abort.signal, limit.signal]);
  try {
    checkTokens(file, clock.now());
    const source = protocols.of(file.source);
    destination = protocols.of(file.destination);
    if (source.features.keepsNothing || destination.features.keepsNothing) {
      file.mode = 'pull';
      file.bytes = file.size ?? 0;
      return done(undefined, { ...expected, value: file.checksum?.split(':')[1] });
    }
    expected = givenExpectation(file);
    if (needsSource(file, expected)) {
      const call = { token: file.sourceToken, signal, side: 'source', phase: 'prepare' } as const;
      const found = await source.stat(file.source, {
        ...call,
        checksum: file.verify === 'n' ? undefined : expected.algorithm,
      });
      expected = withSource(file, expected, found, hostOf(file.source));
      if (file.verify !== 'n' && expected.value === undefined && expected.algorithm) {
        expected = { ...expected, value: await source.checksum(file.source, expected.algorithm, call) };
      }
    }
    const wanted = {
      token: file.destinationToken,
      signal,
      side: 'destination',
      phase: 'prepare',
      checksum: expected.algorithm,
    } as const;
    const overwrite =
      file.overwriteFlag === 'Y' ||
      file.overwriteFlag === 'M' ||
      (file.overwriteFlag === 'R' && file.retry > 0);
    let replace = overwrite;
    if (file.startedBefore || !software.isAtomic(file.destSe)) {
      // Mostly there is nothing: the checksum is asked for only when there is.
      const something = await destination.exists(file.destination, wanted);
      wasAbsent = !something;
      const found = something
        ? await destination.stat(file.destination, { ...wanted, time: file.startedBefore || overwrite })
        : undefined;
      if (found) {
        software.note(file.destSe, found.software);
        const ours = file.startedBefore && isOurs(file, found, clock.now());
        // Written since the job was submitted: another attempt was quicker, and the copy may be in use by now.
        const isFresh = isSince(file.submitTime, found, clock.now()) === true;
        if (isWanted(found, expected) && (ours || isFresh || !overwrite)) return done(found, expected, !ours);
        if (ours && !overwrite) {
          // The rest of an attempt that was interrupted.
          const cleaned = await cleanDestination(destination, file, expected, clock, {
            wasAbsent,
            wasCopied: false,
          });
          if (cleaned === 'unanswered') return { ...existsError(file, found, expected), final: true };
          replace = cleaned !== 'foreign';
        }
        if (!replace) return existsError(file, found, expected);
        // Written over in place, XRootD keeps telling the checksum of before: away with the old one first, as FTS does.
        if (overwrite && !software.isAtomic(file.destSe)) {
          await destination.delete(file.destination, {
            ...wanted,
            onlyIf: { etag: found.etag, size: found.size },
          });
          wasAbsent = true;
        }
      }
    }
    began = true;
    await copyFile(file, tools, expected, replace, signal);
    const found = await verifyCopy(destination, file, expected, software);
    return done(found, expected);
  } catch (caught) {
    let failure = fail(caught);
    if (limit.signal.aborted && !file.abort.signal.aborted) {
      failure = fail(
        new StorageError('The copy took longer than its time limit', {
          side: 'transfer',
          phase: 'copy',
          class: 'timeout',
          host: hostOf(file.destination),
        }),
      );
    }
    // What a stopping service leaves is examined by the next start; a cleaning now could meet that one's attempt.
    if (!began || !destination || file.abort.signal.reason === STOPPING) return failure;
    if (failure.error.class === 'exists' && failure.error.side === 'destination') {
      const found = await destination
        .stat(file.destination, {
          token: file.destinationToken,
          side: 'destination',
          phase: 'verify',
          checksum: expected.algorithm,
        })
        .catch(() => undefined);
      if (found && isWanted(found, expected)) return done(found, expected, true);
      return found ? existsError(file, found, expected) : failure;
    }
    // Refused before a byte moved: what is there now came from somebody else.
    if (file.refused) return failure;
    if (file.disableCleanup || (failure.error.phase !== 'verify' && software.isAtomic(file.destSe)))
      return failure;
    const cleaned = await cleanDestination(destination, file, expected, clock, {
      wasAbsent,
      wasCopied: failure.error.phase === 'verify',
    });
    if (cleaned === 'complete') return done(undefined, expected);
    if (cleaned === 'unanswered') return { ...failure, final: true };
    return failure;
  } finally {
    clearTimeout(timer);
  }
};
