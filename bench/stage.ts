import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '@leman/foundation';
import { type Line, watchProcesses } from './drive.ts';
import type { Side, Stage } from './sides.ts';

const LOOK_MS = 50;
const LONGEST_MS = 600_000;

/**
 * Starts the daemons of a stage and waits until their queue is empty. The rate is that from the first movement of
 * the queue to the last, as the other side was measured.
 *
 * @param left how many items are left in the queue
 */
export const measureStage = async (options: {
  side: Side;
  name: Stage;
  left(sql: Sql): Promise<number>;
}): Promise<Line> => {
  const { side, left } = options;
  const { sql } = side;
  const items = await left(sql);
  const began = performance.now();
  const running = await side.startStage(options.name);
  const ready = performance.now();
  const used = watchProcesses({ daemon: running.pids, pg: [side.watch.pg] });
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
      step: options.name,
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
