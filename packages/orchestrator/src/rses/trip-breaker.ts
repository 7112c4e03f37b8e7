import { type Facts, sayReason } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

/**
 * Closes an RSE until a person opens it again: MASS_BAD for writing and deletion, MASS_DELETION for deletion. The reason
 * and its facts stay. Nothing happens within a day of the last time: it is closed still, or a person opened it and has
 * agreed. One statement; the caller wakes `rses` after commit.
 */
export const tripBreaker = async (
  sql: Queryable,
  lake: Lake,
  rse: Rse,
  { reason, facts }: { reason: 'MASS_BAD' | 'MASS_DELETION'; facts: Facts },
): Promise<void> => {
  const now = new Date(lake.clock.now());
  const closed = await sql`
    with tripped as (
      insert into rse_breakers as b (rse_id, reason, facts, since)
      values (${rse.id}, ${reason}, ${JSON.stringify(facts)}::text::jsonb, ${now})
      on conflict (rse_id, reason) do update set facts = excluded.facts, since = excluded.since
      where b.since <= ${now}::timestamptz - interval '1 day'
      returning rse_id
    )
    update rses set availability_delete = false, updated_at = ${now},
      availability_write = availability_write and ${reason} <> 'MASS_BAD'
    from tripped where rses.id = tripped.rse_id
    returning id`;
  if (closed.count > 0) lake.log.warn({ rse: rse.rse, reason }, sayReason(reason, facts));
};
