export interface Pace {
  /** Whether the disk was slow a moment ago: then its work belongs in the thread pool. */
  isSlow(): boolean;
  /** Runs short work on the disk at once and looks at how long it took. */
  atOnce<T>(work: () => T): T;
}

const SLOW_MS = 10;
const REMEMBERED_MS = 10_000;

/**
 * Short reads and writes are cheapest done at once, as long as the disk (or its cache) answers at once. After one slow
 * answer they go through the thread pool for a while, so that one slow disk never stops the whole program.
 */
export const createPace = (): Pace => {
  let slowUntil = 0;
  return {
    isSlow: () => performance.now() < slowUntil,
    atOnce(work) {
      const started = performance.now();
      try {
        return work();
      } finally {
        const ended = performance.now();
        if (ended - started > SLOW_MS) slowUntil = ended + REMEMBERED_MS;
      }
    },
  };
};
