import { type Facts, type RuleExplanationFile, sayReason } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';

const ERRORS_SHOWN = 3;

/** A missing copy, by key, with what is stored about it. */
export interface MissingCopy {
  did_id: number;
  rse_id: string;
  bytes: number;
  reason: string;
  facts: Facts | null;
  since: Date | null;
  source_rse_id: string | null;
}

interface Row {
  scope: string;
  name: string;
  rse: string;
  source: string | null;
  attempts: number;
  last_errors: RuleExplanationFile['last_errors'] | null;
}

/** Missing copies with names and their last attempts that failed in full, in the order given. One statement. */
export const describeCopies = async (
  sql: Queryable,
  copies: readonly MissingCopy[],
): Promise<RuleExplanationFile[]> => {
  if (copies.length === 0) return [];
  const rows = await sql<Row[]>`
    select d.scope, d.name, s.rse, src.rse as source, coalesce(h.attempts, 0)::int as attempts, h.last_errors
    from unnest(
      ${copies.map((copy) => copy.did_id)}::bigint[], ${copies.map((copy) => copy.rse_id)}::uuid[],
      ${copies.map((copy) => copy.source_rse_id)}::uuid[]
    ) with ordinality as c (did_id, rse_id, source_rse_id, position)
    join dids d on d.id = c.did_id join rses s on s.id = c.rse_id left join rses src on src.id = c.source_rse_id
    left join lateral (
      select max(attempts) as attempts,
        json_agg(json_build_object('at', at, 'source', source, 'error', error) order by at desc)
          filter (where error is not null) as last_errors
      from (
        select count(*) over () as attempts, b.rse as source, coalesce(h.err_msg, h.reason) as error,
          to_char(h.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
        from requests_history h left join rses b on b.id = h.source_rse_id
        where h.scope = d.scope and h.name = d.name and h.dest_rse_id = c.rse_id and h.state <> 'D'
        order by h.created_at desc limit ${ERRORS_SHOWN}
      ) last
    ) h on true
    order by c.position`;
  return rows.map(({ scope, name, rse, source, attempts, last_errors }, index) => {
    const copy = copies[index]!;
    return {
      scope,
      name,
      rse,
      bytes: copy.bytes,
      say: sayReason(copy.reason, { destination: rse, source, ...copy.facts }),
      source,
      since: copy.since?.toISOString() ?? null,
      attempts,
      last_errors: last_errors ?? [],
    };
  });
};
