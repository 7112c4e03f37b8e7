import type { Clock } from '@leman/foundation';
import {
  type FileStat,
  type Protocols,
  StorageError,
  type StorageProtocol,
  sameChecksum,
} from '@leman/protocols';
import type { TransferConfig } from '../config.ts';
import type { ActiveFile, AttemptResult, Failure } from '../scheduler/active-file.ts';
import { cleanDestination, isOurs } from './clean-destination.ts';
import { type Expectation, givenExpectation, isWanted, needsSource, withSource } from './expectation.ts';
import type { StorageSoftware } from './storage-software.ts';
import { streamCopy } from './stream-copy.ts';

export interface AttemptTools {
  protocols: Protocols;
  software: StorageSoftware;
  config: TransferConfig;
  clock: Clock;
}

/** Why an attempt is broken off when the service ends: nothing is cleaned then. */
export const STOPPING = 'the service is stopping';

const MIB = 1024 * 1024;
const hostOf = (url: string) => /^[^:]+:\/\/(?:[^/@]*@)?([^/?#]+)/.exec(url)?.[1] ?? url;

const expiryOf = (token: string | undefined): number | undefined => {
  try {
    const payload = JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      exp?: unknown;
    };
    return typeof payload.exp === 'number' ? payload.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
};

const checkTokens = (file: ActiveFile, now: number): void => {
  for (const side of ['source', 'destination'] as const) {
    const expiry = expiryOf(side === 'source' ? file.sourceToken : file.destinationToken);
    if (expiry === undefined || expiry > now) continue;
    throw new StorageError(
      `The token for the ${side} expired at ${new Date(expiry).toISOString()} while the file waited. Submit it again with a new one.`,
      {
        side,
        phase: 'prepare',
        class: 'token-expired',
      },
    );
  }
};

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

/** Pull by the destination; push by the source when the destination cannot; through the service when neither can. */
const copy = async (
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
  file.mode = 'stream';
  await streamCopy(source, destination, file, expected, overwrite, signal);
};

const verify = async (
  destination: StorageProtocol,
  file: ActiveFile,
  expected: Expectation,
  software: StorageSoftware,
): Promise<FileStat> => {
  const call = { token: file.destinationToken, side: 'destination', phase: 'verify' } as const;
  const host = hostOf(file.destination);
  const found = await destination.stat(file.destination, {
    ...call,
    checksum: expected.value ? expected.algorithm : undefined,
  });
  if (!found)
    throw new StorageError(`${host} says the copy succeeded, but there is no file`, {
      ...call,
      class: 'failure',
      host,
    });
  software.note(file.destSe, found.software);
  if (expected.size !== undefined && found.size !== expected.size) {
    throw new StorageError(`The copy has ${found.size} bytes instead of ${expected.size}`, {
      ...call,
      class: 'size',
      host,
    });
  }
  if (file.verify !== 'n' && file.verify !== 's' && expected.algorithm && expected.value) {
    const stored =
      found.checksums[expected.algorithm] ??
      (await destination.checksum(file.destination, expected.algorithm, call));
    if (!sameChecksum(stored, expected.value)) {
      throw new StorageError(`The copy has the checksum ${stored} instead of ${expected.value}`, {
        ...call,
        class: 'checksum',
        host,
      });
    }
  }
  return found;
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
        : new StorageError(`Internal error: ${(error as Error).message}`, {
            side: 'transfer',
            phase: 'prepare',
            class: 'failure',
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
        ? await destination.stat(file.destination, { ...wanted, time: file.startedBefore })
        : undefined;
      if (found) {
        software.note(file.destSe, found.software);
        const ours = file.startedBefore && isOurs(file, found, clock.now());
        if (isWanted(found, expected) && (ours || !overwrite)) return done(found, expected, !ours);
        if (ours && !overwrite) {
          // The rest of an attempt that was interrupted.
          const cleaned = await cleanDestination(destination, file, expected, clock, wasAbsent);
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
    await copy(file, tools, expected, replace, signal);
    const found = await verify(destination, file, expected, software);
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
    if (file.disableCleanup || (failure.error.phase !== 'verify' && software.isAtomic(file.destSe)))
      return failure;
    const cleaned = await cleanDestination(destination, file, expected, clock, wasAbsent);
    if (cleaned === 'complete') return done(undefined, expected);
    if (cleaned === 'unanswered') return { ...failure, final: true };
    return failure;
  } finally {
    clearTimeout(timer);
  }
};
