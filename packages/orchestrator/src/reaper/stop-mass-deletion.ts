import type { Lake } from '../lake.ts';
import { tripBreaker } from '../rses/trip-breaker.ts';
import { unusualNumber } from '../rses/unusual-number.ts';
import type { DeletionTarget } from './deletion-targets.ts';
import { obsoleteUntil } from './judge-deletable.ts';

/**
 * Closes a storage with the attribute `maxDeletionShare` for deletion when more than that share of its copies is to be
 * deleted; what goes only as far as space is needed does not count.
 * @returns whether nothing may be deleted there now
 */
export const stopMassDeletion = async (
  lake: Lake,
  { rse, mode }: DeletionTarget,
  now: Date,
): Promise<boolean> => {
  const { sql } = lake;
  const unusual = await unusualNumber(sql, rse, 'maxDeletionShare');
  if (!unusual) return false;
  const { most, files, share } = unusual;
  const [row] = await sql<[{ due: number }]>`
    select count(*) as due from replicas
    where rse_id = ${rse.id} and lock_cnt = 0 and tombstone <= ${mode === 'greedy' ? now : obsoleteUntil}`;
  if (row.due <= most) return false;
  const facts = { rse: rse.rse, due: row.due, files, share };
  await tripBreaker(sql, lake, rse, { reason: 'MASS_DELETION', facts });
  // Asked anew: what is in memory may be older than the closing, or than a person's opening.
  const [door] = await sql<
    { open: boolean }[]
  >`select availability_delete as open from rses where id = ${rse.id}`;
  return !door?.open;
};
