import type { Clock } from '@leman/foundation';

interface LinkFigures {
  done: number;
  failed: number;
  bytes: number;
}

export interface LinkHistory {
  note(key: string, outcome: { ok: boolean; bytes: number }): void;
  /** Sum of the last 15 minutes. */
  recent(key: string): LinkFigures;
}

const MINUTES = 15;
const MINUTE_MS = 60_000;

/** What each link did in the last quarter of an hour, by minutes, in memory. */
export const createLinkHistory = (clock: Clock): LinkHistory => {
  const links = new Map<string, { minute: number; figures: LinkFigures }[]>();
  return {
    note(key, { ok, bytes }) {
      const minute = Math.floor(clock.now() / MINUTE_MS);
      let list = links.get(key);
      if (!list) {
        list = [];
        links.set(key, list);
      }
      let last = list.at(-1);
      if (last?.minute !== minute) {
        last = { minute, figures: { done: 0, failed: 0, bytes: 0 } };
        list.push(last);
        if (list.length > MINUTES) list.shift();
      }
      if (ok) last.figures.done++;
      else last.figures.failed++;
      last.figures.bytes += bytes;
    },
    recent(key) {
      const from = Math.floor(clock.now() / MINUTE_MS) - MINUTES;
      const sum = { done: 0, failed: 0, bytes: 0 };
      for (const { minute, figures } of links.get(key) ?? []) {
        if (minute <= from) continue;
        sum.done += figures.done;
        sum.failed += figures.failed;
        sum.bytes += figures.bytes;
      }
      return sum;
    },
  };
};
