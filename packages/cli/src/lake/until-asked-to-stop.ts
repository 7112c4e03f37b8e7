const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal and a launcher may both pass on the same Ctrl-C. */
const ECHO_MS = 1000;

/**
 * Resolves with the first signal that asks to stop. A second one, later, ends the process at once: whatever is half
 * done then is completed by the next start.
 */
export const untilAskedToStop = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    let first: number | undefined;
    for (const signal of signals) {
      process.on(signal, () => {
        if (first === undefined) {
          first = performance.now();
          resolve(signal);
        } else if (performance.now() - first > ECHO_MS) {
          process.exit(130);
        }
      });
    }
  });
