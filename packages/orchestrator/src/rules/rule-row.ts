import { fail } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';

/** A rule as the judge works with it. Letters as stored (contracts/enums). */
export interface RuleRow {
  id: string;
  did_id: number;
  scope: string;
  name: string;
  did_type: 'F' | 'D' | 'C';
  account: string;
  copies: number;
  rse_expression: string;
  source_replica_expression: string | null;
  subscription_id: string | null;
  weight: string | null;
  grouping: 'A' | 'D' | 'N';
  notification: 'Y' | 'N' | 'C' | 'P';
  activity: string;
  priority: number;
  locked: boolean;
  purge_replicas: boolean;
  ignore_availability: boolean;
  ignore_account_limit: boolean;
  split_container: boolean;
  comments: string | null;
  meta: string | null;
  child_rule_id: string | null;
  state: 'R' | 'O' | 'S' | 'U' | 'W' | 'I';
  incomplete: boolean;
  injected_to: number[] | null;
  attempts: number;
  expires_at: Date | null;
  eol_at: Date | null;
}

/** Columns of a RuleRow. */
export const ruleColumns = [
  'id',
  'did_id',
  'scope',
  'name',
  'did_type',
  'account',
  'copies',
  'rse_expression',
  'source_replica_expression',
  'subscription_id',
  'weight',
  'grouping',
  'notification',
  'activity',
  'priority',
  'locked',
  'purge_replicas',
  'ignore_availability',
  'ignore_account_limit',
  'split_container',
  'comments',
  'meta',
  'child_rule_id',
  'state',
  'incomplete',
  'injected_to',
  'attempts',
  'expires_at',
  'eol_at',
] as const;

const ID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** Whether a text can be the id of a rule: 32 hex digits, dashes allowed. */
export const isRuleId = (id: unknown): id is string => typeof id === 'string' && ID.test(id);

/**
 * The rule of that id.
 * @param options.lock locks the row until the transaction ends
 * @throws RuleNotFound 404, also for what cannot be an id
 */
export const findRule = async (
  sql: Queryable,
  id: string,
  options: { lock?: boolean } = {},
): Promise<RuleRow> => {
  const [rule] = isRuleId(id)
    ? await sql<RuleRow[]>`
        select ${sql(ruleColumns as unknown as string[])} from rules where id = ${id}
        ${options.lock ? sql`for no key update` : sql``}`
    : [];
  if (!rule)
    throw fail(
      'RuleNotFound',
      `No rule with the id ${String(id).slice(0, 64)} found. Check the id, or look for the rules of the DID.`,
    );
  return rule;
};
