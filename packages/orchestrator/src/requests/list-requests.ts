import type { Sql } from '@leman/foundation';
import { type RequestRow, wireRequest } from './request-row.ts';

export interface RequestFilter {
  /** RSE ids. */
  sources: readonly string[];
  destinations: readonly string[];
  /** Stored letters. */
  states: readonly string[];
}

const ROWS = 500;

/**
 * Requests between storages, as they are now; a cursor, constant memory. One whose source is not chosen yet belongs to
 * each storage it could be read from.
 */
export async function* listRequests(
  sql: Sql,
  filter: RequestFilter,
): AsyncGenerator<Record<string, unknown>> {
  const cursor = sql<RequestRow[]>`
    select q.*, d.scope, d.name, d.adler32, d.md5, t.rse as dest_rse, s.rse as source_rse
    from requests q join dids d on d.id = q.did_id
    join rses t on t.id = q.dest_rse_id left join rses s on s.id = q.source_rse_id
    where q.state = any(${[...filter.states]}::text[]) and q.dest_rse_id = any(${[...filter.destinations]}::uuid[])
      and (q.source_rse_id = any(${[...filter.sources]}::uuid[]) or (q.source_rse_id is null and exists (
        select from replicas r where r.did_id = q.did_id and r.state = 'A' and r.rse_id = any(${[...filter.sources]}::uuid[]))))
    order by q.created_at, q.id`.cursor(ROWS);
  for await (const rows of cursor) for (const row of rows) yield wireRequest(row);
}

/** Ended attempts between storages, oldest first. */
export async function* listEndedRequests(
  sql: Sql,
  filter: RequestFilter,
  page: { offset: number; limit: number },
): AsyncGenerator<Record<string, unknown>> {
  const cursor = sql<RequestRow[]>`
    select h.*, h.request_id as id, h.attempt as retry_count, d.adler32, d.md5, t.rse as dest_rse, s.rse as source_rse,
      null::int as priority, null as attributes, null as transfertool, h.created_at as reason_since,
      h.created_at as last_processed_at, h.created_at as updated_at
    from requests_history h join rses t on t.id = h.dest_rse_id join rses s on s.id = h.source_rse_id
    left join dids d on d.scope = h.scope and d.name = h.name
    where h.state = any(${[...filter.states]}::text[]) and h.dest_rse_id = any(${[...filter.destinations]}::uuid[])
      and h.source_rse_id = any(${[...filter.sources]}::uuid[])
    order by h.created_at, h.request_id offset ${page.offset} limit ${page.limit}`.cursor(ROWS);
  for await (const rows of cursor) for (const row of rows) yield wireRequest(row);
}
