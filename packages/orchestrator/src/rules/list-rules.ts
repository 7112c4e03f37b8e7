import {
  didTypes,
  fail,
  letterOf,
  nameOf,
  ruleGroupings,
  ruleNotifications,
  ruleStates,
} from '@leman/contracts';
import { parseWireDate, type Queryable } from '@leman/foundation';
import { isRuleId } from './rule-row.ts';

const PAGE = 500;

/** Columns as they travel, enumerations still as letters. */
const wireColumns = [
  'id',
  'subscription_id',
  'account',
  'scope',
  'name',
  'did_type',
  'state',
  'error',
  'rse_expression',
  'copies',
  'expires_at',
  'weight',
  'locked',
  'locks_ok_cnt',
  'locks_replicating_cnt',
  'locks_stuck_cnt',
  'source_replica_expression',
  'activity',
  'grouping',
  'notification',
  'stuck_at',
  'purge_replicas',
  'ignore_availability',
  'ignore_account_limit',
  'priority',
  'comments',
  'child_rule_id',
  'eol_at',
  'split_container',
  'meta',
  'created_at',
  'updated_at',
];

type WireRow = Record<string, unknown> & {
  did_type: string;
  state: string;
  grouping: string;
  notification: string;
};

/** A rule in the field's words. Reference: Rucio REST contract 5 (GET /rules). */
export const wireRule = (row: WireRow): Record<string, unknown> => ({
  ...row,
  did_type: nameOf(didTypes, row.did_type),
  state: nameOf(ruleStates, row.state),
  grouping: nameOf(ruleGroupings, row.grouping),
  notification: nameOf(ruleNotifications, row.notification),
  deleted_at: null,
});

const enumerations: Record<string, Readonly<Record<string, string>>> = {
  did_type: didTypes,
  state: ruleStates,
  grouping: ruleGroupings,
  notification: ruleNotifications,
};
const booleans = new Set([
  'locked',
  'purge_replicas',
  'ignore_availability',
  'ignore_account_limit',
  'split_container',
]);
const numbers = new Set(['copies', 'priority', 'locks_ok_cnt', 'locks_replicating_cnt', 'locks_stuck_cnt']);
const ids = new Set(['id', 'subscription_id', 'child_rule_id']);
const texts = new Set([
  'account',
  'scope',
  'name',
  'rse_expression',
  'weight',
  'source_replica_expression',
  'activity',
  'comments',
  'error',
  'meta',
]);
const bounds: Record<string, [column: string, sign: '<' | '>']> = {
  created_before: ['created_at', '<'],
  created_after: ['created_at', '>'],
  updated_before: ['updated_at', '<'],
  updated_after: ['updated_at', '>'],
};

const bad = (key: string, what: string) => fail('ValueError', `The filter ${key} must be ${what}.`);

const condition = (sql: Queryable, key: string, value: string) => {
  const column = sql(`r.${key}`);
  const bound = bounds[key];
  if (bound) {
    const at = parseWireDate(value);
    if (!at) throw bad(key, 'a date like Fri, 20 Nov 2026 05:54:06 UTC');
    return bound[1] === '<' ? sql`r.${sql(bound[0])} <= ${at}` : sql`r.${sql(bound[0])} >= ${at}`;
  }
  const enumeration = enumerations[key];
  if (enumeration) {
    const letter = letterOf(enumeration, value);
    if (!letter) throw bad(key, `one of ${Object.keys(enumeration).join(', ')}`);
    return sql`${column} = ${letter}`;
  }
  if (booleans.has(key)) {
    if (!/^(true|false|0|1)$/i.test(value)) throw bad(key, 'True or False');
    return sql`${column} = ${/^(true|1)$/i.test(value)}`;
  }
  if (numbers.has(key)) {
    if (!/^\d{1,15}$/.test(value)) throw bad(key, 'a number');
    return sql`${column} = ${Number(value)}`;
  }
  if (ids.has(key)) {
    if (!isRuleId(value)) throw bad(key, 'an id of 32 hex digits');
    return sql`${column} = ${value}`;
  }
  if (!texts.has(key))
    throw fail(
      'InputValidationError',
      `There is no filter ${key.slice(0, 60)}. Use a column of the rules, or created_before, created_after, updated_before, updated_after.`,
    );
  if (key === 'account' || key === 'scope') {
    if (value.includes('*'))
      return sql`${column} like ${value.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%')}`;
  }
  return sql`${column} = ${value}`;
};

/**
 * Rules that match all filters (column = value; `*` in account and scope), with the bytes of their DID, page by page:
 * between two pages no connection is held.
 * @throws InputValidationError, ValueError 400
 */
export async function* listRules(
  sql: Queryable,
  filters: Readonly<Record<string, string>>,
): AsyncGenerator<Record<string, unknown>> {
  const conditions = Object.entries(filters).map(([key, value]) => sql`and ${condition(sql, key, value)}`);
  let after = { id: '0'.repeat(32) };
  for (;;) {
    const rows = await sql<(WireRow & { id: string })[]>`
      select ${sql(wireColumns.map((column) => `r.${column}`))}, d.bytes
      from rules r left join dids d on d.id = r.did_id
      where r.id > ${after.id} ${conditions.length > 0 ? conditions : sql``}
      order by r.id limit ${PAGE}`;
    for (const row of rows) yield wireRule(row);
    const last = rows.at(-1);
    if (rows.length < PAGE || !last) return;
    after = last;
  }
}

/** Rules that hold locks on a file. */
export const rulesOfFile = async (sql: Queryable, didId: number): Promise<Record<string, unknown>[]> => {
  const rows = await sql<WireRow[]>`
    select ${sql(wireColumns.map((column) => `r.${column}`))}, d.bytes
    from rules r left join dids d on d.id = r.did_id
    where r.id in (select rule_id from locks where did_id = ${didId})
    order by r.created_at, r.id`;
  return rows.map(wireRule);
};

/**
 * One rule in the field's words, with the bytes of its DID, which `rucio rule list --traverse` reads.
 * @throws RuleNotFound 404
 */
export const getRule = async (sql: Queryable, id: string): Promise<Record<string, unknown>> => {
  const [row] = isRuleId(id)
    ? await sql<WireRow[]>`
        select ${sql(wireColumns.map((column) => `r.${column}`))}, d.bytes
        from rules r left join dids d on d.id = r.did_id where r.id = ${id}`
    : [];
  if (!row)
    throw fail(
      'RuleNotFound',
      `No rule with the id ${id.slice(0, 64)} found. Check the id, or look for the rules of the DID.`,
    );
  return wireRule(row);
};
