import type { Sql } from '@leman/foundation';

export interface ClaimedRequest {
  id: string;
  did_id: number;
  scope: string;
  name: string;
  bytes: number;
  adler32: string | null;
  md5: string | null;
  dest_rse_id: string;
  rule_id: string | null;
  activity: string;
  priority: number;
  source_replica_expression: string | null;
  retry_count: number;
  failed_sources: string[];
  /** Path of the copy to be made, when the destination is not deterministic and it has one. */
  path: string | null;
}

/** A claim holds that long; then others may take over what its holder left behind. */
export const LEASE_MS = 120_000;

/** Rows looked at per claim, over all destinations; each lane gets its share of them, but at least so many. */
const CANDIDATES = 10_000;
const PER_LANE = 400;

/**
 * Claims due requests, `limit` at most, and gives them with what is needed to submit them. A lane is a destination and
 * a priority; the lanes of a destination are taken by priority, the destinations in turn, so that a long queue at one
 * does not delay the others. Rows held by another submitter are passed over,
 * and requests for files that are gone go too.
 */
export const claimRequests = async (
  sql: Sql,
  destinations: readonly string[],
  limit: number,
  now: Date,
): Promise<ClaimedRequest[]> => {
  if (destinations.length === 0) return [];
  const perLane = Math.min(limit, Math.max(PER_LANE, Math.ceil(CANDIDATES / destinations.length)));
  return await sql<ClaimedRequest[]>`
    with candidates as (
      select q.id, row_number() over (partition by d.rse_id order by p.priority desc, q.next_attempt_at) as turn
      from unnest(${destinations}::uuid[]) d (rse_id)
      cross join generate_series(1, 5) p (priority)
      cross join lateral (
        select id, next_attempt_at from requests
        where state = 'Q' and dest_rse_id = d.rse_id and least(greatest(priority, 1), 5) = p.priority
          and next_attempt_at <= ${now}
        order by next_attempt_at limit ${perLane}
      ) q
    ),
    locked as materialized (
      select id from requests
      -- as an array: without statistics the planner would read the whole queue to join it with them
      where id = any(array(select id from candidates order by turn limit ${limit})) and state = 'Q'
      for update skip locked
    ),
    orphans as (
      delete from requests q where id in (select id from locked) and not exists (select from dids d where d.id = q.did_id)
    ),
    claimed as (
      update requests set state = 'G', next_attempt_at = ${new Date(now.getTime() + LEASE_MS)}, external_id = null,
        external_host = null, last_processed_at = ${now}, updated_at = ${now}
      where id in (select id from locked) and exists (select from dids d where d.id = requests.did_id)
      returning *
    )
    select q.id, q.did_id, d.scope, d.name, q.bytes, d.adler32, d.md5, q.dest_rse_id, q.rule_id, q.activity,
      q.priority, q.source_replica_expression, q.retry_count, q.failed_sources, r.path
    from claimed q join dids d on d.id = q.did_id
    left join replicas r on r.did_id = q.did_id and r.rse_id = q.dest_rse_id`;
};
