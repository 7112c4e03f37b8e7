import type { Transaction } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import type { Rse } from '../rses/rse-directory.ts';
import { tripBreaker } from '../rses/trip-breaker.ts';
import { unusualNumber } from '../rses/unusual-number.ts';

/** Unless the attribute `maxBadShare` says otherwise. */
const BY_DEFAULT = { share: 0.3, atLeast: 1000 };

/**
 * Closes RSEs where an unusual share of the copies was declared bad within a day: more likely a mistake or a storage
 * that is ill as a whole than so many bad files. No copy there is made anew, written over or deleted until a person has
 * looked.
 */
export const stopMassDeclaration = async (
  tx: Transaction,
  lake: Lake,
  rses: Iterable<Rse>,
): Promise<void> => {
  const since = new Date(lake.clock.now() - 86_400_000);
  for (const rse of rses) {
    const { most, files, share } = (await unusualNumber(tx, rse, 'maxBadShare', BY_DEFAULT))!;
    const [row] = await tx<[{ bad: number }]>`
      select count(*) as bad from bad_replicas where rse_id = ${rse.id} and state = 'B' and created_at > ${since}`;
    if (row.bad <= most) continue;
    const facts = { rse: rse.rse, bad: row.bad, files, share };
    await tripBreaker(tx, lake, rse, { reason: 'MASS_BAD', facts });
  }
};
