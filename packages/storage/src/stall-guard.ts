import { fail } from '@leman/contracts';

export interface StallGuard {
  readonly signal: AbortSignal;
  /** Says that something moved. */
  moved(): void;
  stop(): void;
}

const STALL_MS = 30_000;

/** Ends a copy when nothing moves for 30 s, when the client goes away, or when the storage stops. */
export const guardStall = (others: readonly AbortSignal[], what: string): StallGuard => {
  const stalled = new AbortController();
  const timer = setTimeout(
    () => stalled.abort(fail('ResourceTemporaryUnavailable', `stalled: ${what} moved no byte for 30 s.`)),
    STALL_MS,
  );
  return {
    signal: AbortSignal.any([stalled.signal, ...others]),
    moved() {
      timer.refresh();
    },
    stop() {
      clearTimeout(timer);
    },
  };
};
