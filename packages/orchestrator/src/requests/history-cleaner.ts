import type { DaemonDefinition } from '@leman/foundation';
import type { Lake } from '../lake.ts';

const POLL_MS = 60_000;
const CHUNK = 10_000;
const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

/**
 * history-cleaner: drops attempts at requests that are older than the option `history_days` of the section `requests`
 * (PUT /config/requests/history_days/DAYS; 30 unless set), oldest first, a chunk at a time.
 */
export const historyCleaner = (lake: Lake): DaemonDefinition => ({
  name: 'history-cleaner',
  wakeOn: [],
  pollMs: POLL_MS,
  async batch({ now }) {
    const { sql } = lake;
    const [option] = await sql<{ value: string }[]>`
      select value from config where section = 'requests' and option = 'history_days'`;
    const days = Number(option?.value ?? DEFAULT_DAYS);
    const before = new Date(now - (days > 0 ? days : DEFAULT_DAYS) * DAY_MS);
    const { count } = await sql`
      delete from requests_history where (tableoid, ctid) in (
        select tableoid, ctid from requests_history where created_at < ${before} order by created_at limit ${CHUNK})`;
    return count;
  },
});
