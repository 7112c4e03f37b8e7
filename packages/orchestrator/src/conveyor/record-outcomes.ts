import type { Facts } from '@leman/contracts';
import { sayReason } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';

/** How an attempt goes on meanwhile: it began, or waits at the transfer service. */
export interface Progress {
  request_id: string;
  external_id: string;
  reason: string;
  facts: Facts | null;
}

/** How one attempt ended, as the transfer service tells. */
export interface Outcome {
  request_id: string;
  external_id: string;
  /** D done, F failed, L the service no longer knows it. */
  state: 'D' | 'F' | 'L';
  reason: string | null;
  facts: Facts | null;
  started_at: Date | null;
  ended_at: Date | null;
}

export const isRequestId = (text: unknown): text is string =>
  typeof text === 'string' && /^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/.test(text);

/**
 * Writes outcomes to their requests, for the finisher: one statement. Only the attempt that is under way can end: an
 * outcome of an older job, a second one, or one of a canceled request changes nothing. Facts that the request has already
 * (storages by their names in the lake, host, job) win over those of the transfer service.
 * @returns requests that ended by this
 */
export const recordOutcomes = async (
  sql: Queryable,
  outcomes: readonly Outcome[],
  now: Date,
): Promise<number> => {
  if (outcomes.length === 0) return 0;
  const { count } = await sql`
    update requests q set state = o.state, reason = coalesce(o.reason, q.reason), err_msg = o.say,
      reason_facts = coalesce(o.facts::jsonb, '{}') || coalesce(q.reason_facts - 'detail', '{}'),
      reason_since = case when o.reason is null then q.reason_since else ${now} end,
      started_at = coalesce(o.started_at, q.submitted_at), transferred_at = coalesce(o.ended_at, ${now}),
      last_processed_at = ${now}, updated_at = ${now}
    from unnest(
      ${outcomes.map((o) => o.request_id)}::uuid[], ${outcomes.map((o) => o.external_id)}::text[],
      ${outcomes.map((o) => o.state)}::text[], ${outcomes.map((o) => o.reason)}::text[],
      ${outcomes.map((o) => (o.facts ? JSON.stringify(o.facts) : null))}::text[],
      ${outcomes.map((o) => (o.reason ? String(o.facts?.detail ?? sayReason(o.reason, o.facts)) : null))}::text[],
      ${outcomes.map((o) => o.started_at?.toISOString() ?? null)}::timestamptz[],
      ${outcomes.map((o) => o.ended_at?.toISOString() ?? null)}::timestamptz[]
    ) as o (request_id, external_id, state, reason, facts, say, started_at, ended_at)
    where q.id = o.request_id and q.external_id = o.external_id and q.state in ('G', 'S')`;
  return count;
};

/** Writes how submitted requests stand, for whoever asks why; the last word per request counts. One statement. */
export const recordProgress = async (
  sql: Queryable,
  progress: readonly Progress[],
  now: Date,
): Promise<void> => {
  const last = [...new Map(progress.map((one) => [one.request_id, one])).values()];
  if (last.length === 0) return;
  await sql`
    update requests q set reason = p.reason,
      reason_facts = coalesce(p.facts::jsonb, '{}') || coalesce(q.reason_facts - 'detail', '{}'),
      reason_since = case when q.reason = p.reason then q.reason_since else ${now} end
    from unnest(
      ${last.map((p) => p.request_id)}::uuid[], ${last.map((p) => p.external_id)}::text[],
      ${last.map((p) => p.reason)}::text[], ${last.map((p) => (p.facts ? JSON.stringify(p.facts) : null))}::text[]
    ) as p (request_id, external_id, reason, facts)
    where q.id = p.request_id and q.external_id = p.external_id and q.state in ('G', 'S')`;
};
