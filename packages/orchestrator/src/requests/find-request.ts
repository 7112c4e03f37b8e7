import { fail } from '@leman/contracts';
import type { Sql } from '@leman/foundation';
import type { RequestRow } from './request-row.ts';

/**
 * The request for a copy of a file at an RSE.
 * @throws RequestNotFound 404
 */
export const findRequest = async (
  sql: Sql,
  scope: string,
  name: string,
  rse: string,
): Promise<RequestRow> => {
  const [row] = await sql<RequestRow[]>`
    select q.*, d.scope, d.name, d.adler32, d.md5, t.rse as dest_rse, s.rse as source_rse
    from dids d join requests q on q.did_id = d.id
    join rses t on t.id = q.dest_rse_id left join rses s on s.id = q.source_rse_id
    where d.scope = ${scope} and d.name = ${name} and t.rse = ${rse} and t.deleted_at is null
    order by q.created_at desc limit 1`;
  if (!row) {
    throw fail('RequestNotFound', `No request found for DID ${scope}:${name} at RSE ${rse}`);
  }
  return row;
};

/**
 * The latest ended attempt at a copy of a file at an RSE.
 * @throws RequestNotFound 404
 */
export const findEndedRequest = async (
  sql: Sql,
  scope: string,
  name: string,
  rse: string,
): Promise<RequestRow> => {
  const [row] = await sql<RequestRow[]>`
    select h.*, h.request_id as id, h.attempt as retry_count, d.adler32, d.md5, t.rse as dest_rse, s.rse as source_rse,
      null::int as priority, null as attributes, null as transfertool, h.created_at as reason_since,
      h.created_at as last_processed_at, h.created_at as updated_at
    from requests_history h join rses t on t.id = h.dest_rse_id left join rses s on s.id = h.source_rse_id
    left join dids d on d.scope = h.scope and d.name = h.name
    where h.scope = ${scope} and h.name = ${name} and t.rse = ${rse}
    order by h.created_at desc limit 1`;
  if (!row) {
    throw fail('RequestNotFound', `No request found for DID ${scope}:${name} at RSE ${rse}`);
  }
  return row;
};
