import type { Facts, ReasonCode } from '@leman/contracts';
import type { StorageError } from '@leman/protocols';
import type { TransferConfig } from '../config.ts';

export type Direction = 'in' | 'out';

/** Why a storage takes no copies at the moment. */
interface Closed {
  code: ReasonCode;
  facts: Facts;
  /** Milliseconds since 1970. */
  since: number;
  /** When one file is tried again. */
  retryAt: number;
}

/**
 * One storage in one direction: how many copies may run, and whether any may at all. Opens (stops everything) after
 * failures in a row that are the storage's own fault; then one file is tried at growing intervals of at most 30 s.
 */
export interface StorageGate {
  readonly se: string;
  readonly direction: Direction;
  active: number;
  limit: number;
  /** Closed, and why; undefined when it is open for copies. */
  closed: Closed | undefined;
  /** Set while an operator keeps it closed. */
  banned: Closed | undefined;
  mayStart(now: number): boolean;
  start(now: number): void;
  /** The storage did its part. True when it opened again. */
  succeeded(): boolean;
  /** True when this failure closed it. */
  failed(error: StorageError, now: number): boolean;
  /** The copy ended without telling anything about this storage. */
  ended(now: number): void;
}

const FIRST_WINDOW = 16;
const REOPEN_WINDOW = 2;

export const createStorageGate = (se: string, direction: Direction, config: TransferConfig): StorageGate => {
  let inRow = 0;
  let probing = false;
  let backoff = config.breakerFirstMs;
  // Slow start: as many as succeeded so far, so that a storage that just came back is not run over.
  let window = FIRST_WINDOW;
  const gate: StorageGate = {
    se,
    direction,
    active: 0,
    limit: config.storageMaxActive,
    closed: undefined,
    banned: undefined,
    mayStart(now) {
      if (gate.banned || gate.active >= Math.min(gate.limit, window)) return false;
      return !gate.closed || (!probing && now >= gate.closed.retryAt);
    },
    start() {
      gate.active++;
      if (gate.closed) probing = true;
    },
    succeeded() {
      gate.active--;
      inRow = 0;
      backoff = config.breakerFirstMs;
      const opened = gate.closed !== undefined;
      window = opened ? REOPEN_WINDOW : Math.min(gate.limit, window + 1);
      gate.closed = undefined;
      probing = false;
      return opened;
    },
    failed(error, now) {
      gate.active--;
      inRow++;
      const denial = error.class === 'denied' || error.class === 'unauthenticated';
      if (gate.closed) {
        // Those that were still under way when it closed say nothing new.
        if (probing) {
          probing = false;
          backoff = Math.min(backoff * 2, config.breakerLastMs);
          gate.closed = { ...gate.closed, code: error.code, facts: error.facts, retryAt: now + backoff };
        }
        return false;
      }
      if (inRow < (denial ? config.breakerDenials : config.breakerFailures)) return false;
      backoff = config.breakerFirstMs;
      gate.closed = { code: error.code, facts: error.facts, since: now, retryAt: now + backoff };
      return true;
    },
    ended(now) {
      gate.active--;
      if (gate.closed && probing) {
        probing = false;
        gate.closed = { ...gate.closed, retryAt: now + config.breakerFirstMs };
      }
    },
  };
  return gate;
};
