import type { Facts, ReasonCode } from '@leman/contracts';
import { sayReason } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';

export interface Deferral {
  id: string;
  /** N no source, W something else is closed: the preparer brings it back; Q: due again by itself. */
  state: 'N' | 'W' | 'Q';
  reason: ReasonCode;
  facts: Facts;
}

const SHORTEST_S = 20;
const LONGEST_S = 1800;

/**
 * Gives claimed requests back with the reason why they could not be submitted: one statement for all. The wait grows
 * with the time the reason has lasted, from 20 s to half an hour, with a quarter of jitter. Counts as no attempt.
 */
export const deferRequests = async (
  sql: Queryable,
  deferrals: readonly Deferral[],
  now: Date,
): Promise<void> => {
  if (deferrals.length === 0) return;
  await sql`
    with e as (
      select e.*, least(greatest(extract(epoch from ${now}::timestamptz -
        case when q.reason = e.reason then q.reason_since else ${now}::timestamptz end), ${SHORTEST_S}), ${LONGEST_S})
        * (0.75 + random() / 2) as seconds
      from unnest(
        ${deferrals.map((d) => d.id)}::uuid[], ${deferrals.map((d) => d.state)}::text[],
        ${deferrals.map((d) => d.reason)}::text[], ${deferrals.map((d) => JSON.stringify(d.facts))}::text[],
        ${deferrals.map((d) => sayReason(d.reason, d.facts))}::text[]
      ) as e (id, state, reason, facts, say)
      join requests q on q.id = e.id
    )
    update requests q set state = e.state, reason = e.reason, reason_facts = e.facts::jsonb, err_msg = e.say,
      reason_since = case when q.reason = e.reason then q.reason_since else ${now} end,
      next_attempt_at = ${now}::timestamptz + make_interval(secs => e.seconds),
      external_id = null, external_host = null, last_processed_at = ${now}, updated_at = ${now}
    from e where q.id = e.id and q.state = 'G'`;
};
