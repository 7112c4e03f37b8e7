import type { Clock } from '@leman/foundation';

export interface Timers {
  /** Calls back at a time (milliseconds since 1970), or at once when it has passed. */
  at(time: number, call: () => void): void;
  stop(): void;
}

/** Many waits on one timer: a heap of times, however many files wait for their retry. */
export const createTimers = (clock: Clock): Timers => {
  const heap: { time: number; call: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let armedFor = Number.POSITIVE_INFINITY;
  let stopped = false;
  const swap = (a: number, b: number) => {
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  };
  const pop = () => {
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length) {
      heap[0] = last;
      for (let at = 0; ; ) {
        const left = 2 * at + 1;
        let least = at;
        for (const child of [left, left + 1])
          if (child < heap.length && heap[child]!.time < heap[least]!.time) least = child;
        if (least === at) break;
        swap(at, least);
        at = least;
      }
    }
    return top;
  };
  const arm = () => {
    if (stopped || !heap.length || armedFor <= heap[0]!.time) return;
    clearTimeout(timer);
    armedFor = heap[0]!.time;
    timer = setTimeout(ring, Math.min(2 ** 31 - 1, Math.max(0, armedFor - clock.now())));
    timer.unref();
  };
  const ring = () => {
    armedFor = Number.POSITIVE_INFINITY;
    const now = clock.now();
    while (heap.length && heap[0]!.time <= now) pop().call();
    arm();
  };
  return {
    at(time, call) {
      heap.push({ time, call });
      for (let at = heap.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1;
        if (heap[parent]!.time <= heap[at]!.time) break;
        swap(at, parent);
        at = parent;
      }
      arm();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      heap.length = 0;
    },
  };
};
