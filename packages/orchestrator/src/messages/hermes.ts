import type { DaemonDefinition } from '@leman/foundation';
import type { Lake } from '../lake.ts';

const POLL_MS = 30_000;
const KEPT_MS = 24 * 60 * 60 * 1000;
const CHUNK = 10_000;

/**
 * Drops events older than a day, oldest first, a chunk at a time: watchers that were away for less find everything.
 * Delivery itself needs no state: watchers say where they were (`GET /events`).
 */
export const hermes = (lake: Lake): DaemonDefinition => ({
  name: 'hermes',
  wakeOn: [],
  pollMs: POLL_MS,
  async batch({ now }) {
    const { count } = await lake.sql`
      delete from messages where id in (
        select id from (select id, created_at from messages order by id limit ${CHUNK}) oldest
        where created_at < ${new Date(now - KEPT_MS)})`;
    return count;
  },
});
