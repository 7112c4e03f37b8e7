import type { ServerResponse } from 'node:http';
import type { Lake } from '../lake.ts';
import type { EventTail, TailedEvent } from './event-tail.ts';

export interface StreamEvents {
  /** Only events after this number; undefined: from now on. */
  after: number | undefined;
  /** Only these; all when undefined. */
  types: ReadonlySet<string> | undefined;
  /** Whether the watcher may still watch: asked every few seconds, and at once when accounts change. */
  mayWatch(): Promise<boolean>;
}

const PAGE = 1_000;
const KEEP_ALIVE_MS = 5_000;
/** A watcher that is this far behind is cut off; it resumes where it was. */
const MOST_UNSENT_BYTES = 4 * 1024 * 1024;

type Printed = Omit<TailedEvent, 'id'>;

/** The payload as the field has it, and first in it `event_at`: when it was written down (ISO, UTC). */
const print = ({ resume, type, at, payload }: Printed): string => {
  const rest = payload.replaceAll(/\r?\n/g, ' ').trim().slice(1).trimStart();
  const stamped = `{"event_at":"${at.toISOString()}"${rest.startsWith('}') ? '' : ','}${rest}`;
  return `id: ${resume}\nevent: ${type.replaceAll(/[\r\n]/g, ' ')}\ndata: ${stamped}\n\n`;
};

/**
 * Sends events as server-sent events until the watcher leaves: first those after `after` from the outbox, page by page
 * at the watcher's pace, then those that happen. Memory per watcher is bounded.
 */
export const streamEvents = async (
  lake: Lake,
  tail: EventTail,
  response: ServerResponse,
  { after, types, mayWatch }: StreamEvents,
): Promise<void> => {
  let closed = false;
  let caughtUp = false;
  let live: TailedEvent[] = [];
  const send = (events: readonly Printed[]) => {
    let text = '';
    for (const event of events) if (!types || types.has(event.type)) text += print(event);
    if (text) response.write(text);
    if (response.writableLength > MOST_UNSENT_BYTES) response.destroy();
  };
  const { head, resume, end } = await tail.subscribe((events) => {
    if (caughtUp) send(events);
    else if (live.length + events.length > 10 * PAGE) response.destroy();
    else live.push(...events);
  });
  const look = () => {
    mayWatch().then(
      (may) => may || response.end(),
      (error: unknown) => lake.log.warn({ err: error }, 'whether a watcher may still watch is not known now'),
    );
  };
  const keepAlive = setInterval(() => {
    response.write(': alive\n\n');
    look();
  }, KEEP_ALIVE_MS).unref();
  const unhear = lake.wakeups.on('accounts', look);
  response.once('close', () => {
    closed = true;
    end();
    unhear();
    clearInterval(keepAlive);
  });
  // The first line tells where to resume even when nothing happens.
  response.write(`retry: 1000\nid: ${after ?? resume}\n\n`);
  let position = after;
  while (!closed && position !== undefined && position < head) {
    const rows: TailedEvent[] = await lake.sql<TailedEvent[]>`
      select id, least(id, ${resume}) as resume, event_type as type, created_at as at, payload::text as payload from messages
      where id > ${position} and id <= ${head}
      order by id limit ${PAGE}`;
    send(rows);
    if (rows.length < PAGE) break;
    position = rows.at(-1)!.id;
    if (response.writableNeedDrain) {
      await new Promise<void>((resolve) => {
        response.once('drain', resolve);
        response.once('close', resolve);
      });
    }
  }
  caughtUp = true;
  if (!closed) send(live);
  live = [];
};
