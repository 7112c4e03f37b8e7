import { setTimeout as sleep } from 'node:timers/promises';

export interface ThrottleOptions {
  /** Bytes per second, in and out together. */
  bytesPerSecond?: number;
  /** Waited before each request. */
  latencyMs?: number;
}

export interface Throttle {
  /** Waits until that many bytes may pass; undefined when there is nothing to wait for. */
  pass(bytes: number): Promise<void> | undefined;
  /** Waits as long as a request takes to reach a far site. */
  arrive(): Promise<void> | undefined;
}

/** What may pass at once after a pause, in seconds of the rate. */
const BURST_SECONDS = 0.1;

/** Makes a storage behave like a slow or far site: a token bucket for bytes, a wait for requests. */
export const createThrottle = ({ bytesPerSecond, latencyMs }: ThrottleOptions = {}): Throttle => {
  let freeAt = 0;
  return {
    pass(bytes) {
      if (!bytesPerSecond) return undefined;
      const now = performance.now() / 1000;
      freeAt = Math.max(freeAt, now - BURST_SECONDS) + bytes / bytesPerSecond;
      return freeAt > now ? sleep((freeAt - now) * 1000) : undefined;
    },
    arrive: () => (latencyMs ? sleep(latencyMs) : undefined),
  };
};
