import type { Clock, Log, Sql, Wakeups } from '@leman/foundation';

export interface TailedEvent {
  id: number;
  /** Where to resume after this event: everything up to here was told, or will never be. */
  resume: number;
  type: string;
  /** When it was written to the outbox. */
  at: Date;
  /** JSON text. */
  payload: string;
}

interface Subscription {
  /** Highest number at the start: the listener is told of what comes after it, and of late ones below. */
  head: number;
  /** Where to resume from when nothing is told. */
  resume: number;
  end(): void;
}

export interface EventTail {
  /** The listener is told of each event once, in the order of commit as far as it is known. */
  subscribe(listener: (events: readonly TailedEvent[]) => void): Promise<Subscription>;
}

const PAGE = 1_000;
const PAUSE_MS = 50;
const IDLE_MS = 1_000;
/** A number that has not appeared after that belonged to a transaction that was rolled back. */
const GAP_MS = 60_000;
const MOST_GAPS = 20_000;
/** How far below the last number others may still be under way when following starts. */
const LOOK_BACK = 1_000;

/**
 * Follows the outbox for all the watchers of this process, with one query whatever their number.
 *
 * Numbers are given out before commit, so a lower one may appear after a higher one. Missing numbers are looked for
 * again until they appear or a minute has gone by, and `resume` stays below the lowest of them: who resumes there may
 * hear an event twice, but misses none.
 */
export const createEventTail = (lake: { sql: Sql; wakeups: Wakeups; clock: Clock; log: Log }): EventTail => {
  const listeners = new Set<(events: readonly TailedEvent[]) => void>();
  const gaps = new Map<number, number>();
  let head: number | undefined;
  let starting: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let reading = false;
  let again = false;
  let stopListening: (() => void) | undefined;

  const lowest = (): number => {
    let low = head!;
    for (const id of gaps.keys()) if (id <= low) low = id - 1;
    return low;
  };

  const start = async () => {
    const [row] = await lake.sql<{ head: number; missing: number[] }[]>`
      with top as (select coalesce(max(id), 0) as head from messages)
      select head, array(
        select id from generate_series(greatest(head - ${LOOK_BACK}, 1), head) id
        except select id from messages where id >= head - ${LOOK_BACK}) as missing
      from top`;
    head = row!.head;
    gaps.clear();
    for (const id of row!.missing) gaps.set(id, lake.clock.now());
  };

  const read = async (): Promise<number> => {
    const now = lake.clock.now();
    for (const [id, since] of gaps) if (now - since > GAP_MS) gaps.delete(id);
    const rows = await lake.sql<{ id: number; type: string; at: Date; payload: string }[]>`
      select id, event_type as type, created_at as at, payload::text as payload from messages
      where id > ${head!} or id = any(${[...gaps.keys()]}::bigint[])
      order by id limit ${PAGE}`;
    const events: TailedEvent[] = [];
    for (const row of rows) {
      gaps.delete(row.id);
      if (row.id > head!) {
        if (row.id - head! <= MOST_GAPS) for (let id = head! + 1; id < row.id; id += 1) gaps.set(id, now);
        head = row.id;
      }
      events.push({ ...row, resume: lowest() });
    }
    if (events.length > 0) for (const listener of listeners) listener(events);
    return events.length;
  };

  const schedule = (milliseconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(tick, milliseconds).unref();
  };
  const tick = async () => {
    if (listeners.size === 0 || reading) return;
    reading = true;
    again = false;
    let pause = IDLE_MS;
    try {
      if ((await read()) === PAGE || again) pause = PAUSE_MS;
      else if (gaps.size > 0) pause = 4 * PAUSE_MS;
    } catch (error) {
      lake.log.warn({ err: error }, 'events could not be read');
    }
    reading = false;
    if (listeners.size > 0) schedule(again ? PAUSE_MS : pause);
  };

  return {
    async subscribe(listener) {
      listeners.add(listener);
      if (listeners.size === 1) starting = start();
      try {
        await starting;
      } catch (error) {
        listeners.delete(listener);
        throw error;
      }
      stopListening ??= lake.wakeups.on('hermes', () => {
        again = true;
        if (!reading) schedule(PAUSE_MS / 5);
      });
      if (!timer) schedule(0);
      return {
        head: head!,
        resume: lowest(),
        end() {
          listeners.delete(listener);
          if (listeners.size > 0) return;
          clearTimeout(timer);
          timer = undefined;
          stopListening?.();
          stopListening = undefined;
        },
      };
    },
  };
};
