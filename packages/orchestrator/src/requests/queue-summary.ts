import { type Facts, nameOf, type QueueGroup, requestStates, sayReason } from '@leman/contracts';
import { type Sql, wireDate } from '@leman/foundation';

type Group = Omit<QueueGroup, 'oldest' | 'example'> & { oldest: Date; example_facts: Facts | null };

/**
 * What waits and moves, by destination, activity, state and reason, with the sentence of one example; the largest 1,000
 * groups.
 */
export const queueSummary = async (sql: Sql, now: Date): Promise<QueueGroup[]> => {
  const groups = await sql<Group[]>`
    select t.rse as dest_rse, q.activity, q.state, q.reason, count(*) as files, sum(q.bytes)::bigint as bytes,
      min(q.requested_at) as oldest, count(*) filter (where q.state = 'Q' and q.next_attempt_at <= ${now}) as due,
      (array_agg(q.reason_facts))[1] as example_facts
    from requests q join rses t on t.id = q.dest_rse_id
    group by t.rse, q.activity, q.state, q.reason
    order by files desc limit 1000`;
  return groups.map(({ example_facts: facts, ...group }) => ({
    ...group,
    state: nameOf(requestStates, group.state),
    oldest: wireDate(group.oldest),
    example: sayReason(group.reason, facts),
  }));
};
