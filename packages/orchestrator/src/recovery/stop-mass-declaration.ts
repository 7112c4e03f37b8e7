import type { Transaction } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import type { Rse } from '../rses/rse-directory.ts';
import { tripBreaker } from '../rses/trip-breaker.ts';
import { usualNumber } from '../rses/usual-number.ts';

/** Unless the attribute `maxBadShare` says otherwise. */
const BY_DEFAULT = { share: 0.3, atLeast: 1000 };
const HOUR_MS = 3_600_000;

/**
 * Closes RSEs where an unusual share of the copies was declared bad within a day: more likely a mistake or a storage
 * that is ill as a whole than so many bad files. No copy there is made anew, written over or deleted until a person has
 * looked. Declarations are counted by the hour, one statement for all RSEs, whatever was declared before.
 * @param declared how many copies at each RSE were declared bad now
 */
export const stopMassDeclaration = async (
  tx: Transaction,
  lake: Lake,
  declared: ReadonlyMap<Rse, number>,
): Promise<void> => {
  const now = lake.clock.now();
  const hour = new Date(now - (now % HOUR_MS));
  const dayAgo = new Date(now - 24 * HOUR_MS);
  const rses = new Map([...declared.keys()].map((rse) => [rse.id, rse]));
  if (rses.size === 0) return;
  const rows = await tx<{ rse_id: string; bad: number; files: number }[]>`
    with old as (
      delete from bad_declarations where rse_id = any(${[...rses.keys()]}::uuid[]) and hour <= ${dayAgo}
    ),
    told as (
      insert into bad_declarations as b (rse_id, hour, declared)
      select rse_id, ${hour}, n from unnest(${[...rses.keys()]}::uuid[], ${[...declared.values()]}::bigint[]) as t (rse_id, n)
      order by rse_id
      on conflict (rse_id, hour) do update set declared = b.declared + excluded.declared
      returning rse_id, declared
    )
    select t.rse_id, coalesce(c.files, 0) as files,
      t.declared + (select coalesce(sum(b.declared), 0) from bad_declarations b
                    where b.rse_id = t.rse_id and b.hour > ${dayAgo} and b.hour < ${hour}) as bad
    from told t left join rse_counters_now c on c.rse_id = t.rse_id`;
  for (const { rse_id, bad, files } of rows) {
    const rse = rses.get(rse_id)!;
    const { most, share } = usualNumber(rse, files, 'maxBadShare', BY_DEFAULT)!;
    if (bad > most)
      await tripBreaker(tx, lake, rse, { reason: 'MASS_BAD', facts: { rse: rse.rse, bad, files, share } });
  }
};
