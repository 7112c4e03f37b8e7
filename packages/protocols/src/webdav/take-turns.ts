export interface Turns {
  /** Runs a call when fewer than the limit of the same key run. */
  run<T>(key: string, limit: number, call: () => Promise<T>): Promise<T>;
}

/** Bounded concurrency by key, first come first served. */
export const createTurns = (): Turns => {
  const lanes = new Map<string, { running: number; waiting: (() => void)[] }>();
  return {
    async run(key, limit, call) {
      let lane = lanes.get(key);
      if (!lane) {
        lane = { running: 0, waiting: [] };
        lanes.set(key, lane);
      }
      const own = lane;
      if (own.running >= limit) await new Promise<void>((resolve) => own.waiting.push(resolve));
      else own.running++;
      try {
        return await call();
      } finally {
        // The place goes to the next one in line, or is given up.
        const next = own.waiting.shift();
        if (next) next();
        else if (--own.running === 0) lanes.delete(key);
      }
    },
  };
};
