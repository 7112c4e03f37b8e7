import { type FileStat, StorageError, type StorageProtocol, sameChecksum } from '@leman/protocols';
import type { ActiveFile } from '../scheduler/active-file.ts';
import { type Expectation, hostOf } from './expectation.ts';
import type { StorageSoftware } from './storage-software.ts';

/**
 * Holds the copy against what it must be: one HEAD with its checksum, reading it only at storages that know none.
 * @throws StorageError phase `verify`: failure (no file), size, checksum
 */
export const verifyCopy = async (
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
