import { statfsSync } from 'node:fs';
import { type FieldError, fail } from '@leman/contracts';
import type { ObjectIndex } from './object-index.ts';

export interface Space {
  /**
   * Sets bytes aside for an upload before they come.
   * @throws ResourceTemporaryUnavailable 507 when they do not fit
   */
  reserve(bytes: number): void;
  /** Some of the bytes set aside are on the disk by now. */
  wrote(bytes: number): void;
  /** An upload ends: gives back what was set aside, and how much of it was written. */
  release(bytes: number, written: number): void;
  /** Bytes. `total` is the capacity set, else that of the file system. */
  report(): { total: number; used: number; available: number; files: number };
}

/** While less than this is to come, it is simply written; a full disk says so itself. */
const ASK_DISK_FROM = 8 * 1024 * 1024;

export const storageFull = (cause?: unknown): FieldError =>
  fail('ResourceTemporaryUnavailable', 'The storage is full. Delete something or choose another storage.', {
    status: 507,
    cause,
  });

/** Whether an error of the file system means that there is no room. */
export const isFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as { code?: string })?.code ?? '');

/** Accounts for the room of a storage: what is used by the index, what uploads under way still need. */
export const createSpace = (options: { root: string; index: ObjectIndex; capacityBytes?: number }): Space => {
  const { index, root, capacityBytes } = options;
  let reserved = 0;
  /** Of the reserved bytes, those that are on the disk already, so that the disk no longer tells them as free. */
  let written = 0;
  const free = (): number => {
    const { bavail, bsize } = statfsSync(root);
    return bavail * bsize;
  };
  return {
    reserve(bytes) {
      if (capacityBytes !== undefined && index.totals().usedBytes + reserved + bytes > capacityBytes)
        throw storageFull();
      const toCome = reserved - written + bytes;
      if (toCome >= ASK_DISK_FROM && toCome > free()) throw storageFull();
      reserved += bytes;
    },
    wrote(bytes) {
      written += bytes;
    },
    release(bytes, writtenBytes) {
      reserved -= bytes;
      written -= writtenBytes;
    },
    report() {
      const { usedBytes, files } = index.totals();
      const onDisk = free();
      const total = capacityBytes ?? usedBytes + onDisk;
      return {
        total,
        used: usedBytes,
        available: Math.max(0, Math.min(onDisk, total - usedBytes - reserved)),
        files,
      };
    },
  };
};
