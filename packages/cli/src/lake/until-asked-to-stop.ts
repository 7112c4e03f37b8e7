import type { Log } from '@leman/foundation';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal and a launcher may both pass on the same Ctrl-C. */
const ECHO_MS = 1000;
const INTERRUPTED = 130;

export interface StopRequest {
  asked: Promise<NodeJS.Signals | Error>;
  /** Lets the process end by itself: the start failed. */
  forget(): void;
}

/**
 * Resolves with the first signal that asks to stop, or with the error nobody caught: after one, nobody knows what
 * state the process is in, so it stops in order and the next start goes on. A second signal, later, ends the process
 * at once; whatever is half done then is completed by the next start.
 */
export const untilAskedToStop = (log: Log): StopRequest => {
  // Signals alone do not keep a process: one that only watches over the database would end.
  const alive = setInterval(() => undefined, 2 ** 30);
  const forget = () => clearInterval(alive);
  const asked = new Promise<NodeJS.Signals | Error>((settle) => {
    const resolve = (why: NodeJS.Signals | Error) => {
      forget();
      settle(why);
    };
    let first: number | undefined;
    for (const signal of signals) {
      process.on(signal, () => {
        if (first === undefined) {
          first = performance.now();
          resolve(signal);
        } else if (performance.now() - first > ECHO_MS) {
          process.exit(INTERRUPTED);
        }
      });
    }
    process.on('uncaughtException', (error) => {
      log.fatal({ err: error }, 'an error that nobody caught: stopping');
      resolve(error);
    });
    // A forgotten promise is a defect to be seen, but one request's, not the whole lake's.
    process.on('unhandledRejection', (reason) => {
      log.error({ err: reason }, 'a rejected promise that nobody waited for');
    });
  });
  return { asked, forget };
};
