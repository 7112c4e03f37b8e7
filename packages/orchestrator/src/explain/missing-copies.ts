import type { Queryable } from '@leman/foundation';

/**
 * The locks of a rule whose copies are missing, each with the reason that is stored for it: that of its request; of
 * its last attempt that failed, when there is no request any more; AWAITING_UPLOAD, when a copy was registered as on its way and
 * none was ever asked for; else that of the rule. A fragment for `from`.
 */
export const missingCopies = (sql: Queryable, ruleId: string) => sql`
  (
    select l.did_id, l.rse_id, l.bytes, l.state,
      coalesce(q.reason, h.reason, case when l.state = 'R' then 'AWAITING_UPLOAD' end, r.reason, 'QUEUED') as reason,
      case when q.reason is not null then q.reason_facts when h.reason is not null then h.reason_facts
           when l.state = 'S' then r.reason_facts end as facts,
      case when q.reason is not null then q.reason_since when h.reason is not null then h.created_at
           when l.state = 'S' then r.reason_since else l.created_at end as since,
      coalesce(q.source_rse_id, h.source_rse_id) as source_rse_id
    from locks l
    join rules r on r.id = l.rule_id
    left join requests q on q.did_id = l.did_id and q.dest_rse_id = l.rse_id and q.state <> 'U'
    left join lateral (
      select h.reason, h.reason_facts, h.created_at, h.source_rse_id
      from dids d join requests_history h on h.scope = d.scope and h.name = d.name and h.dest_rse_id = l.rse_id
      where q.id is null and d.id = l.did_id and h.reason is not null and h.state <> 'D'
      order by h.created_at desc limit 1
    ) h on true
    where l.rule_id = ${ruleId} and l.state <> 'O'
  )`;
