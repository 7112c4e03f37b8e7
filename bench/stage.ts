import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '@leman/foundation';
import type { Line } from './drive.ts';
import { startRunning, watchProcesses } from './drive.ts';

const LOOK_MS = 50;
const LONGEST_MS = 600_000;

/**
 * Starts a process with some daemons and waits until their queue is empty. The rate is that from the first movement of
 * the queue to the last, as the other side was measured.
 *
 * @param left how many items are left in the queue
 */
export const measureStage = async (options: {
  step: string;
  home: string;
  sql: Sql;
  database: number;
  daemons: readonly string[];
  left(sql: Sql): Promise<number>;
}): Promise<Line> => {
  const { sql, left } = options;
  const items = await left(sql);
  const part = new URL('part.ts', import.meta.url).pathname;
  const began = performance.now();
  const running = await startRunning<{ pid: number }>([
    part,
    JSON.stringify({ home: options.home, daemons: options.daemons }),
  ]);
  const ready = performance.now();
  const used = watchProcesses({ daemon: running.ready.pid, pg: options.database });
  let first: number | undefined;
  let atFirst = items;
  let rest = items;
  let last = performance.now();
  try {
    while (rest > 0) {
      await sleep(LOOK_MS);
      const now = await left(sql);
      if (now !== rest) {
        last = performance.now();
        if (first === undefined) {
          first = last;
          atFirst = now;
        }
      }
      rest = now;
      if (performance.now() - began > LONGEST_MS) break;
    }
    // What went in one movement is counted from the moment the daemon was ready.
    const atOnce = atFirst === rest;
    const seconds = (last - (atOnce ? ready : first!)) / 1000;
    const usage = used();
    return {
      step: options.step,
      n: items,
      left: rest,
      start_s: Math.round((first ?? last) - began) / 1000,
      moving_s: Math.round(seconds * 1000) / 1000,
      per_s: seconds > 0 ? Math.round(((atOnce ? items : atFirst) - rest) / seconds) : null,
      ...usage,
    };
  } finally {
    await running.stop();
  }
};
