import type { DaemonDefinition } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { buryCollection } from './bury-collection.ts';
import { buryFiles } from './bury-files.ts';
import { endRulesOfExpired } from './end-rules-of-expired.ts';

const BATCH = 100;

/**
 * undertaker: DIDs that have expired. First their rules end (the judge-cleaner takes the locks off), then collections
 * are emptied, taken out of what they lie in and remembered as deleted; copies of files are left to the reaper. A DID
 * with a locked rule stays.
 */
export const undertaker = (lake: Lake): DaemonDefinition => ({
  name: 'undertaker',
  wakeOn: ['undertaker'],
  pollMs: 10_000,
  async batch({ now, signal }) {
    const at = new Date(now);
    let handled = await endRulesOfExpired(lake, at, BATCH);
    handled += await buryFiles(lake, at, BATCH);
    const due = await lake.sql<{ id: number }[]>`
      select d.id from dids d
      where d.expired_at <= ${at} and d.did_type <> 'F' and not exists (select from rules r where r.did_id = d.id)
      order by d.expired_at limit ${BATCH}`;
    for (const { id } of due) {
      if (signal.aborted) break;
      handled += await buryCollection(lake, id, at);
    }
    return handled;
  },
});
