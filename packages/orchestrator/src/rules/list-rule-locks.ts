import { lockStates, nameOf } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';
import { isRuleId } from './rule-row.ts';

const PAGE = 2000;

/** Locks of a rule, page by page, in the order of files. Empty for a rule that does not exist, as in the field. */
export async function* listRuleLocks(sql: Queryable, id: string): AsyncGenerator<Record<string, unknown>> {
  if (!isRuleId(id)) return;
  let did = 0;
  let rse = '0'.repeat(32);
  for (;;) {
    const rows = await sql<
      {
        did_id: number;
        scope: string;
        name: string;
        rse_id: string;
        rse: string;
        state: string;
        rule_id: string;
      }[]
    >`
      select l.did_id, d.scope, d.name, l.rse_id, s.rse, l.state, l.rule_id
      from (
        select did_id, rse_id, state, rule_id from locks
        where rule_id = ${id} and (did_id, rse_id) > (${did}::bigint, ${rse}::uuid)
        order by did_id, rse_id limit ${PAGE}
      ) l join dids d on d.id = l.did_id join rses s on s.id = l.rse_id
      order by l.did_id, l.rse_id`;
    for (const { did_id: _, state, ...row } of rows) yield { ...row, state: nameOf(lockStates, state) };
    const last = rows.at(-1);
    if (rows.length < PAGE || !last) return;
    did = last.did_id;
    rse = last.rse_id;
  }
}
