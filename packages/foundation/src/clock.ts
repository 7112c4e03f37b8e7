/** Time as a dependency, so that daemons and expiries can be tested without waiting. Milliseconds since 1970. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** A clock that stands still until told to move. */
export const manualClock = (
  start = Date.UTC(2026, 0, 1),
): Clock & { advance(milliseconds: number): void } => {
  let at = start;
  return {
    now: () => at,
    advance(milliseconds) {
      at += milliseconds;
    },
  };
};
