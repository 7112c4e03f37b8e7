import type { Lake } from '../lake.ts';
import { tripBreaker } from '../rses/trip-breaker.ts';
import { usualNumber } from '../rses/usual-number.ts';
import type { DeletionTarget } from './deletion-targets.ts';
import { obsoleteUntil } from './judge-deletable.ts';

/** Of the usual number, the part that may go before what is due is counted anew. */
const RECOUNT_AFTER = 0.01;

/**
 * Makes the check before each batch: it closes a storage with the attribute `maxDeletionShare` for deletion when more
 * than that share of its copies is to be deleted, and says whether nothing may be deleted there now. What goes only as
 * far as space is needed does not count. What is due is counted anew after a hundredth of the usual number, so that
 * counting costs no more than the deletions do.
 */
export const createMassDeletionCheck = (lake: Lake, perBatch: number) => {
  const allowed = new Map<string, number>();

  return async ({ rse, mode }: DeletionTarget, now: Date): Promise<boolean> => {
    if (!rse.attributes.has('maxDeletionShare')) return false;
    const left = (allowed.get(rse.id) ?? 0) - perBatch;
    allowed.set(rse.id, left);
    if (left >= 0) return false;
    const { sql } = lake;
    const [row] = await sql<[{ due: number; files: number }]>`
      select (select count(*) from replicas where rse_id = ${rse.id} and lock_cnt = 0
                and tombstone <= ${mode === 'greedy' ? now : obsoleteUntil}) as due,
        coalesce((select files from rse_counters_now where rse_id = ${rse.id}), 0) as files`;
    const { due, files } = row;
    const { most, share } = usualNumber(rse, files, 'maxDeletionShare')!;
    allowed.set(rse.id, Math.floor(most * RECOUNT_AFTER));
    if (due <= most) return false;
    await tripBreaker(sql, lake, rse, {
      reason: 'MASS_DELETION',
      facts: { rse: rse.rse, due, files, share },
    });
    // Asked anew: what is in memory may be older than the closing, or than a person's opening.
    const [door] = await sql<
      { open: boolean }[]
    >`select availability_delete as open from rses where id = ${rse.id}`;
    if (door?.open) return false;
    allowed.delete(rse.id);
    return true;
  };
};
