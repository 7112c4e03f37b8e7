import { nameOf, ruleStates } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';
import { isRuleId } from './rule-row.ts';

type Row = Record<string, unknown> & { state: string };
const named = (rows: Row[]) => rows.map((row) => ({ ...row, state: nameOf(ruleStates, row.state) }));

/** What became of a rule: its last known state, also after its end. Empty when there never was one. */
export const listRuleHistory = async (sql: Queryable, id: string): Promise<Record<string, unknown>[]> => {
  if (!isRuleId(id)) return [];
  return named([
    ...(await sql<Row[]>`
      select updated_at, state, locks_ok_cnt, locks_stuck_cnt, locks_replicating_cnt from rules where id = ${id}
      union all
      select deleted_at, state, locks_ok_cnt, locks_stuck_cnt, locks_replicating_cnt from rules_history where id = ${id}`),
  ]);
};

/** All rules that a DID has or had, oldest first. */
export const listDidRuleHistory = async (
  sql: Queryable,
  scope: string,
  name: string,
): Promise<Record<string, unknown>[]> =>
  named([
    ...(await sql<Row[]>`
      select id as rule_id, created_at, updated_at, rse_expression, state, account, locks_ok_cnt, locks_stuck_cnt,
        locks_replicating_cnt
      from rules where scope = ${scope} and name = ${name}
      union all
      select id, created_at, deleted_at, rse_expression, state, account, locks_ok_cnt, locks_stuck_cnt, locks_replicating_cnt
      from rules_history where scope = ${scope} and name = ${name}
      order by created_at, updated_at`),
  ]);
