/**
 * Storages that publish a copy only when it is complete and keep `Overwrite: F`: nothing is there before, and nothing is
 * left by a failure, so the look before and the cleaning after are spared.
 */
const atomic = /^leman/i;

export interface StorageSoftware {
  note(se: string, software: string | undefined): void;
  isAtomic(se: string): boolean;
}

const KNOWN_FOR_MS = 600_000;

/** Remembers for ten minutes which software answered for a storage. */
export const createStorageSoftware = (clock: { now(): number }): StorageSoftware => {
  const known = new Map<string, { atomic: boolean; until: number }>();
  return {
    note(se, software) {
      if (software) known.set(se, { atomic: atomic.test(software), until: clock.now() + KNOWN_FOR_MS });
    },
    isAtomic(se) {
      const found = known.get(se);
      if (!found) return false;
      return found.atomic && found.until > clock.now();
    },
  };
};
