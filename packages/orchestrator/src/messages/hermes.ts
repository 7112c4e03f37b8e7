import type { DaemonDefinition } from '@leman/foundation';
import type { Lake } from '../lake.ts';

const POLL_MS = 30_000;
const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 1;
const CHUNK = 10_000;

/**
 * Drops events older than the option `retention_days` of the section `messages` (PUT
 * /config/messages/retention_days/DAYS; 1 unless set), oldest first, a chunk at a time: watchers that were away for less
 * find everything.
 * Delivery itself needs no state: watchers say where they were (`GET /events`).
 */
export const hermes = (lake: Lake): DaemonDefinition => ({
  name: 'hermes',
  wakeOn: [],
  pollMs: POLL_MS,
  async batch({ now }) {
    const [option] = await lake.sql<{ value: string }[]>`
      select value from config where section = 'messages' and option = 'retention_days'`;
    const days = Number(option?.value ?? DEFAULT_DAYS);
    const before = new Date(now - (days > 0 ? days : DEFAULT_DAYS) * DAY_MS);
    const { count } = await lake.sql`
      delete from messages where id in (
        select id from (select id, created_at from messages order by id limit ${CHUNK}) oldest
        where created_at < ${before})`;
    return count;
  },
});
