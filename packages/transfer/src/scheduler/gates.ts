import type { Clock, Log } from '@leman/foundation';
import type { TransferConfig } from '../config.ts';
import { ofStorage } from '../storage-name.ts';
import type { ActiveFile, AttemptResult } from './active-file.ts';
import { createStorageGate, type Direction, type StorageGate } from './storage-gate.ts';

export interface Limits {
  storage(se: string, direction: Direction): number | undefined;
  link(sourceSe: string, destSe: string): number | undefined;
}

/** The gates of all storages, with the limits and bans that operators set. */
export interface Gates {
  gate(se: string, direction: Direction): StorageGate;
  linkLimit(sourceSe: string, destSe: string): number;
  /** Lets both storages of an attempt know how it ended. */
  judge(file: ActiveFile, result: AttemptResult, now: number): void;
  setLimits(limits: Limits): void;
  setBans(bans: ReadonlyMap<string, StorageGate['banned']>): void;
}

/** `notify` gets the event of every storage that closes or opens. */
export const createGates = (options: {
  config: TransferConfig;
  clock: Clock;
  log: Log;
  notify(event: Record<string, unknown>): void;
  /** A storage that was closed works again. */
  opened(gate: StorageGate): void;
}): Gates => {
  const { config, clock, log } = options;
  const gates = new Map<string, StorageGate>();
  let limits: Limits = { storage: () => undefined, link: () => undefined };
  let bans: ReadonlyMap<string, StorageGate['banned']> = new Map();

  const gate = (se: string, direction: Direction): StorageGate => {
    const key = `${direction} ${se}`;
    let found = gates.get(key);
    if (!found) {
      found = createStorageGate(se, direction, config);
      found.limit = limits.storage(se, direction) ?? config.storageMaxActive;
      found.banned = ofStorage(bans, se);
      gates.set(key, found);
    }
    return found;
  };
  const notice = (kind: 'closed' | 'opened', { se, direction, closed }: StorageGate) => {
    log.warn(
      { se, direction, reason: closed?.code },
      kind === 'closed' ? 'storage closed for copies' : 'storage open for copies again',
    );
    options.notify({
      kind: 'storage',
      se,
      direction,
      state: kind,
      reason_code: closed?.code ?? null,
      facts: closed?.facts ?? null,
      since: closed?.since ?? null,
      timestamp: clock.now(),
    });
  };

  return {
    gate,
    linkLimit: (sourceSe: string, destSe: string) => limits.link(sourceSe, destSe) ?? config.linkMaxActive,
    judge(file, result, now) {
      const sides = { source: gate(file.sourceSe, 'out'), destination: gate(file.destSe, 'in') } as const;
      for (const side of ['source', 'destination'] as const) {
        const one = sides[side];
        if (result.ok && !(result.alreadyThere && side === 'source')) {
          if (!one.succeeded()) continue;
          notice('opened', one);
          options.opened(one);
        } else if (!result.ok && result.error.side === side && result.error.ofStorage) {
          if (one.failed(result.error, now)) notice('closed', one);
        } else one.ended(now);
      }
    },
    setLimits(given) {
      limits = given;
      for (const one of gates.values())
        one.limit = limits.storage(one.se, one.direction) ?? config.storageMaxActive;
    },
    setBans(given) {
      bans = given;
      for (const one of gates.values()) one.banned = ofStorage(bans, one.se);
    },
  };
};
