import { type ChecksumAlgorithm, type FileStat, StorageError, sameChecksum } from '@leman/protocols';
import type { ActiveFile } from '../scheduler/active-file.ts';

/** What the file at the destination must look like. */
export interface Expectation {
  size: number | undefined;
  algorithm: ChecksumAlgorithm | undefined;
  value: string | undefined;
}

/** host:port of a URL, for people. */
export const hostOf = (url: string) => /^[^:]+:\/\/(?:[^/@]*@)?([^/?#]+)/.exec(url)?.[1] ?? url;

const algorithmOf = (name: string): ChecksumAlgorithm | undefined => {
  const known = name.toLowerCase().replaceAll(/[-_]/g, '');
  return known === 'adler32' || known === 'md5' ? known : undefined;
};

/**
 * What the user gave: `ADLER32:1a2b3c4d`, `ADLER32` (the source tells the value) or nothing (adler32 of the source).
 * @throws StorageError class `unsupported` for an algorithm nobody here computes, when it is to be verified.
 */
export const givenExpectation = (file: ActiveFile): Expectation => {
  const [name = '', value] = (file.checksum ?? 'ADLER32').split(':');
  const algorithm = algorithmOf(name);
  if (!algorithm && file.verify !== 'n') {
    throw new StorageError(
      `The checksum ${name.slice(0, 20)} cannot be verified here. Give ADLER32 or MD5, or set verify_checksum to none.`,
      {
        side: 'transfer',
        phase: 'prepare',
        class: 'unsupported',
      },
    );
  }
  return {
    size: file.size,
    algorithm: algorithm ?? 'adler32',
    value: algorithm && value ? value : undefined,
  };
};

/** Whether the source must be asked before the copy. */
export const needsSource = (file: ActiveFile, given: Expectation): boolean =>
  file.verify === 's' ||
  file.verify === 'b' ||
  given.size === undefined ||
  (file.verify === 't' && given.value === undefined);

/**
 * Holds the source against what the user gave, and completes it.
 * @throws StorageError side `source`: missing, size, checksum.
 */
export const withSource = (
  file: ActiveFile,
  given: Expectation,
  found: FileStat | undefined,
  host: string,
): Expectation => {
  if (!found) {
    throw new StorageError(`${host} has no file at the source path`, {
      side: 'source',
      phase: 'prepare',
      class: 'missing',
      host,
      httpStatus: 404,
    });
  }
  if (given.size !== undefined && found.size !== given.size) {
    throw new StorageError(`The source has ${found.size} bytes instead of ${given.size}`, {
      side: 'source',
      phase: 'prepare',
      class: 'size',
      host,
    });
  }
  const stored = given.algorithm ? found.checksums[given.algorithm] : undefined;
  const verifies = file.verify === 's' || file.verify === 'b';
  if (verifies && given.value && stored && !sameChecksum(stored, given.value)) {
    throw new StorageError(`The source has the checksum ${stored} instead of ${given.value}`, {
      side: 'source',
      phase: 'prepare',
      class: 'checksum',
      host,
    });
  }
  return { size: found.size, algorithm: given.algorithm, value: given.value ?? stored };
};

/** Whether a file at the destination is the wanted one, as far as it can be told; a size alone proves nothing. */
export const isWanted = (found: FileStat, expected: Expectation): boolean => {
  const stored = expected.algorithm ? found.checksums[expected.algorithm] : undefined;
  return (
    found.size === expected.size &&
    expected.value !== undefined &&
    stored !== undefined &&
    sameChecksum(stored, expected.value)
  );
};
