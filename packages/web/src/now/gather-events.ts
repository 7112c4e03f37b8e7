import type { LiveEvent } from '../app/live.tsx';
import { sayBytes, sayMany } from '../parts/format.ts';
import { type EventSentence, sayEvent } from './say-event.ts';

/** A line of the feed: one event, or several of the same kind that came together. */
export interface FeedLine extends EventSentence {
  key: string;
  type: string;
  at: Date;
  /** How many files it tells of. */
  count: number;
  bytes: number;
}

/** Files that took the same way within this time are one line. */
const TOGETHER_MS = 10_000;
const REACH = 6;

const wayOf = ({ payload }: LiveEvent): string => {
  const [source, destination] = [payload['src-rse'] ?? '', payload['dst-rse'] ?? payload.rse ?? ''];
  return `${source} → ${destination}`;
};

/** The feed, newest first: what the lake did a hundred times in one go is told once. */
export const gatherEvents = (events: readonly LiveEvent[]): FeedLine[] => {
  const lines: (FeedLine & { group: string; names: Set<string>; attempts: number })[] = [];
  for (const event of events) {
    const said = sayEvent(event);
    const perFile = /^(transfer|deletion)/.test(event.type);
    const group = perFile ? `${event.type} ${wayOf(event)} ${event.payload.reason ?? ''}` : '';
    const bytes = Number(event.payload['file-size'] ?? event.payload.bytes ?? 0) || 0;
    const fellow = perFile
      ? lines
          .slice(-REACH)
          .find(
            (line) =>
              line.group === group &&
              Math.abs((line.at?.getTime() ?? 0) - (event.at?.getTime() ?? 0)) < TOGETHER_MS,
          )
      : undefined;
    if (fellow) {
      const name = String(event.payload.name);
      fellow.attempts += 1;
      if (!fellow.names.has(name)) {
        fellow.names.add(name);
        fellow.count += 1;
        fellow.bytes += bytes;
      }
      continue;
    }
    const key = `${event.id} ${event.type} ${event.payload.name ?? event.payload.rule_id ?? lines.length}`;
    lines.push({
      ...said,
      key,
      type: event.type,
      at: event.at,
      count: 1,
      bytes,
      group,
      attempts: 1,
      names: new Set([String(event.payload.name)]),
    });
  }
  return lines.map(({ group, names, attempts, ...line }) => {
    const again = attempts > line.count && line.tone === 'failed' ? ` (${attempts} attempts)` : '';
    if (line.count === 1) return { ...line, what: `${line.what}${again}` };
    const way = line.rest.replace(/, [\d.]+ [kMGTPE]?B$/, '');
    const size = line.bytes > 0 && line.tone !== 'failed' ? `, ${sayBytes(line.bytes)}` : '';
    return { ...line, rest: `${way}${size}`, what: `${line.what}: ${sayMany(line.count, 'file')}${again}` };
  });
};
