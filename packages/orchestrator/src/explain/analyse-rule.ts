import { nameOf, requestStates } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';
import { findRule } from '../rules/rule-row.ts';

/** Stuck locks shown; the page of GET /rules/<id>/explain/files has all. */
const SHOWN = 1000;

export interface RuleAnalysis {
  rule_error: string | null;
  transfers: {
    scope: string;
    name: string;
    rse_id: string;
    rse: string;
    attempts: number;
    last_error: string;
    last_source: string | null;
    last_time: Date | null;
    sources: [rse: string, readable: boolean][];
  }[];
}

const said: Record<string, string> = {
  O: 'This replication rule is OK',
  R: 'This replication rule is currently REPLICATING',
  U: 'This replication rule is SUSPENDED',
};

/**
 * The field's analysis of a rule: its error and its stuck locks with their last attempt. One statement.
 * @throws RuleNotFound 404
 */
export const analyseRule = async (sql: Queryable, id: string): Promise<RuleAnalysis> => {
  const rule = await findRule(sql, id);
  const sentence = said[rule.state];
  if (sentence) return { rule_error: sentence, transfers: [] };
  const [row] = await sql<[{ error: string | null }]>`select error from rules where id = ${rule.id}`;
  const rows = await sql<(RuleAnalysis['transfers'][number] & { last_state: string | null })[]>`
    select d.scope, d.name, l.rse_id, s.rse, coalesce(h.attempts, 0)::int as attempts, h.last_state, h.last_source,
      h.last_time, coalesce(a.sources, '[]') as sources
    from (
      select did_id, rse_id from locks where rule_id = ${rule.id} and state = 'S' order by did_id, rse_id limit ${SHOWN}
    ) l
    join dids d on d.id = l.did_id join rses s on s.id = l.rse_id
    left join lateral (
      select count(*) over () as attempts, h.state as last_state, src.rse as last_source, h.created_at as last_time
      from requests_history h left join rses src on src.id = h.source_rse_id
      where h.scope = d.scope and h.name = d.name and h.dest_rse_id = l.rse_id
      order by h.created_at desc limit 1
    ) h on true
    left join lateral (
      select json_agg(json_build_array(src.rse, src.availability_read) order by src.rse) as sources
      from replicas r join rses src on src.id = r.rse_id where r.did_id = l.did_id and r.state = 'A'
    ) a on true
    order by d.scope, d.name, s.rse`;
  return {
    rule_error: row.error,
    transfers: rows.map(({ last_state, ...transfer }) => ({
      ...transfer,
      last_error: last_state === null ? 'None' : `RequestState.${nameOf(requestStates, last_state)}`,
    })),
  };
};
