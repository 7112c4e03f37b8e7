import { createFifo, type Fifo } from './fifo.ts';

/** What the memory keeps of a waiting file; all else is read when it starts. */
export interface QueueEntry {
  fileId: number;
  sourceSe: string;
  destSe: string;
  activity: string;
  /** 1..5, higher first; 6 for what a restart interrupted. */
  priority: number;
  /** Bytes as far as known: what the fair share between activities is counted in. */
  size: number;
}

interface Lane {
  name: string;
  weight: number;
  deficit: number;
  length: number;
  byPriority: (Fifo | undefined)[];
}

export interface Link {
  readonly key: string;
  readonly sourceSe: string;
  readonly destSe: string;
  queued: number;
  active: number;
}

interface LinkQueue extends Link {
  lanes: Map<string, Lane>;
  order: Lane[];
  turn: number;
}

export interface Queues {
  add(entry: QueueEntry): void;
  /** Next file of a link by the fair share between its activities, higher priority first within each. */
  take(link: Link): { fileId: number; size: number } | undefined;
  /** Forgets files (canceled, or moved to another priority). */
  remove(fileIds: ReadonlySet<number>): void;
  link(sourceSe: string, destSe: string): Link;
  links(): Iterable<Link>;
  length(): number;
  setWeights(weights: ReadonlyMap<string, number>): void;
}

const LEVELS = 7;
const QUANTUM = 1;
/** One slot is worth as much as 64 MiB, so that neither many small nor few large files starve the others. */
const SLOT_BYTES = 64 * 1024 * 1024;
const COST_LIMIT = 1000;

const linkKey = (sourceSe: string, destSe: string): string => `${sourceSe} ${destSe}`;

/**
 * The waiting files, by link, activity and priority. Deficit round robin (Shreedhar and Varghese 1995) between the
 * activities of a link; 16 bytes per waiting file.
 */
export const createQueues = (): Queues => {
  const links = new Map<string, LinkQueue>();
  let weights: ReadonlyMap<string, number> = new Map();
  let total = 0;

  const linkOf = (sourceSe: string, destSe: string): LinkQueue => {
    const key = linkKey(sourceSe, destSe);
    let link = links.get(key);
    if (!link) {
      link = { key, sourceSe, destSe, queued: 0, active: 0, lanes: new Map(), order: [], turn: 0 };
      links.set(key, link);
    }
    return link;
  };
  const costOf = (size: number) => Math.min(COST_LIMIT, 1 + size / SLOT_BYTES);
  const firstOf = (lane: Lane): Fifo | undefined => {
    for (let level = LEVELS - 1; level >= 0; level--)
      if (lane.byPriority[level]?.length) return lane.byPriority[level];
    return undefined;
  };

  return {
    add(entry) {
      const link = linkOf(entry.sourceSe, entry.destSe);
      let lane = link.lanes.get(entry.activity);
      if (!lane) {
        lane = {
          name: entry.activity,
          weight: weights.get(entry.activity) ?? 1,
          deficit: 0,
          length: 0,
          byPriority: [],
        };
        link.lanes.set(entry.activity, lane);
      }
      if (lane.length === 0) {
        lane.deficit = 0;
        link.order.push(lane);
      }
      lane.byPriority[entry.priority] ??= createFifo();
      lane.byPriority[entry.priority]!.push(entry.fileId, entry.size);
      lane.length++;
      link.queued++;
      total++;
    },
    take(asked) {
      const link = links.get(asked.key);
      if (!link?.queued) return undefined;
      for (;;) {
        if (link.turn >= link.order.length) link.turn = 0;
        const lane = link.order[link.turn]!;
        const fifo = firstOf(lane)!;
        const cost = costOf(fifo.firstSize());
        if (link.order.length > 1 && lane.deficit < cost) {
          lane.deficit += QUANTUM * lane.weight;
          if (lane.deficit < cost) {
            link.turn++;
            continue;
          }
        }
        const taken = fifo.shift()!;
        lane.deficit = link.order.length > 1 ? lane.deficit - cost : 0;
        lane.length--;
        link.queued--;
        total--;
        if (lane.length === 0) link.order.splice(link.turn, 1);
        else if (lane.deficit < 1) link.turn++;
        return taken;
      }
    },
    remove(fileIds) {
      for (const link of links.values()) {
        for (const lane of link.lanes.values()) {
          let removed = 0;
          for (const fifo of lane.byPriority) removed += fifo?.remove(fileIds) ?? 0;
          if (!removed) continue;
          lane.length -= removed;
          link.queued -= removed;
          total -= removed;
          if (lane.length === 0) link.order = link.order.filter((one) => one !== lane);
        }
      }
    },
    link: linkOf,
    links: () => links.values(),
    length: () => total,
    setWeights(given) {
      weights = given;
      for (const link of links.values())
        for (const lane of link.lanes.values()) lane.weight = weights.get(lane.name) ?? 1;
    },
  };
};
