import type { Queryable } from '@leman/foundation';

/**
 * Writes the attempts of these requests, as they stand, to the history: what explain and the history endpoints show.
 * One statement.
 */
export const archiveRequests = async (sql: Queryable, ids: readonly string[], now: Date): Promise<void> => {
  if (ids.length === 0) return;
  await sql`
    insert into requests_history (request_id, attempt, request_type, scope, name, dest_rse_id, source_rse_id, rule_id,
      account, activity, bytes, state, external_host, external_id, dest_url, source_url, reason, reason_facts, err_msg,
      requested_at, submitted_at, started_at, transferred_at, created_at)
    select q.id, q.retry_count, q.request_type, d.scope, d.name, q.dest_rse_id, q.source_rse_id, q.rule_id,
      q.account, q.activity, q.bytes, q.state, q.external_host, q.external_id, q.dest_url, q.source_url, q.reason,
      q.reason_facts, q.err_msg, q.requested_at, q.submitted_at, q.started_at, q.transferred_at, ${now}
    from requests q join dids d on d.id = q.did_id
    where q.id = any(${[...ids]}::uuid[])`;
};
