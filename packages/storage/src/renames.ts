export interface Renames {
  /** Runs a rename in another thread, with the entry in the index that follows from it; many may run at a time. */
  inThread(work: () => Promise<void>): Promise<void>;
  /** Runs work at a moment when no rename is under way in another thread. */
  alone<T>(work: () => T): Promise<T>;
}

/**
 * Keeps renames of whole directories apart from renames of files that go on in other threads: nobody could say
 * whether such a file went along. Who wants to be alone stops new ones, so that it gets its turn.
 */
export const createRenames = (): Renames => {
  const running = new Set<Promise<void>>();
  let gate: Promise<void> | undefined;
  return {
    async inThread(work) {
      while (gate) await gate;
      const renaming = work();
      running.add(renaming);
      await renaming.finally(() => running.delete(renaming));
    },
    async alone(work) {
      while (gate) await gate;
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      try {
        await Promise.allSettled(running);
        return work();
      } finally {
        gate = undefined;
        resolve();
      }
    },
  };
};
