import { EventEmitter } from 'node:events';

/** Tells the open streams that there are new events; the events themselves come from the database. */
export interface EventStream {
  committed(lastSeq: number): void;
  lastSeq(): number;
  /** Resolves when there is something after `seq`, the time is over, or the signal aborts. */
  wait(seq: number, milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const createEventStream = (): EventStream => {
  const emitter = new EventEmitter().setMaxListeners(0);
  let last = 0;
  return {
    committed(lastSeq) {
      if (lastSeq <= last) return;
      last = lastSeq;
      emitter.emit('new');
    },
    lastSeq: () => last,
    wait: (seq, milliseconds, signal) =>
      new Promise((resolve) => {
        if (last > seq || signal.aborted) return resolve();
        const end = () => {
          clearTimeout(timer);
          emitter.off('new', end);
          signal.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, milliseconds);
        emitter.once('new', end);
        signal.addEventListener('abort', end, { once: true });
      }),
  };
};
