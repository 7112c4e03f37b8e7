import { didTypes, type Facts, nameOf, requestStates, requestTypes, sayReason } from '@leman/contracts';

/** A request or an attempt of the history, as the queries of this room read it. */
export interface RequestRow {
  id: string;
  request_type: string;
  scope: string;
  name: string;
  dest_rse_id: string;
  source_rse_id: string | null;
  dest_rse: string | null;
  source_rse: string | null;
  rule_id: string | null;
  account: string | null;
  activity: string | null;
  priority: number | null;
  bytes: number | null;
  adler32: string | null;
  md5: string | null;
  state: string;
  attributes: Record<string, unknown> | null;
  retry_count: number;
  transfertool: string | null;
  external_host: string | null;
  external_id: string | null;
  dest_url: string | null;
  source_url: string | null;
  reason: string | null;
  reason_facts: Facts | null;
  reason_since: Date | null;
  err_msg: string | null;
  requested_at: Date | null;
  submitted_at: Date | null;
  started_at: Date | null;
  transferred_at: Date | null;
  last_processed_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

/**
 * A request on the wire: the field's names (Rucio REST contract 4, /requests), and beyond them why it is where it is
 * (`reason`, `reason_facts`, `reason_since`, and `explanation` as a sentence).
 */
export const wireRequest = (row: RequestRow): Record<string, unknown> => ({
  id: row.id,
  request_type: nameOf(requestTypes, row.request_type),
  scope: row.scope,
  name: row.name,
  did_type: nameOf(didTypes, 'F'),
  dest_rse_id: row.dest_rse_id,
  source_rse_id: row.source_rse_id,
  attributes: row.attributes ?? {},
  state: nameOf(requestStates, row.state),
  activity: row.activity,
  bytes: row.bytes,
  md5: row.md5,
  adler32: row.adler32,
  dest_url: row.dest_url,
  source_url: row.source_url,
  external_id: row.external_id,
  external_host: row.external_host,
  retry_count: row.retry_count,
  err_msg: row.err_msg,
  previous_attempt_id: null,
  rule_id: row.rule_id,
  priority: row.priority,
  transfertool: row.transfertool,
  account: row.account,
  requested_at: row.requested_at,
  submitted_at: row.submitted_at,
  staging_started_at: null,
  staging_finished_at: null,
  started_at: row.started_at,
  transferred_at: row.transferred_at,
  estimated_at: null,
  estimated_started_at: null,
  estimated_transferred_at: null,
  last_processed_at: row.last_processed_at,
  created_at: row.created_at,
  updated_at: row.updated_at,
  source_rse: row.source_rse,
  dest_rse: row.dest_rse,
  reason: row.reason,
  reason_facts: row.reason_facts,
  reason_since: row.reason_since,
  explanation: row.reason ? sayReason(row.reason, row.reason_facts) : null,
});
