import { fail } from '@leman/contracts';
import { sqlState, type Transaction, violatedConstraint } from '@leman/foundation';
import type { Did } from '../dids/find-dids.ts';
import type { RuleSpec } from './parse-rule-spec.ts';
import { type RuleRow, ruleColumns } from './rule-row.ts';

export interface NewRule {
  did: Did;
  state: RuleRow['state'];
  /** From when on a rule in state I is laid out. */
  inject_after: Date | null;
  reason: string | null;
  reason_facts: Record<string, unknown> | null;
}

/**
 * Writes rules, one per DID, in one statement; returns them in the order given.
 * @throws DuplicateRule 409 when the account has such a rule on the DID; DataIdentifierNotFound 404
 */
export const insertRules = async (
  tx: Transaction,
  spec: RuleSpec,
  rules: readonly NewRule[],
  now: Date,
): Promise<RuleRow[]> => {
  const expires = spec.lifetime === null ? null : new Date(now.getTime() + spec.lifetime * 1000);
  // they stay while the rule is made: the undertaker takes only what nobody holds
  const ids = rules.map((rule) => rule.did.id);
  const held = await tx<{ id: number }[]>`
    select id from dids where id = any(${ids}::bigint[]) order by id for key share`;
  if (held.length < new Set(ids).size) {
    throw fail(
      'DataIdentifierNotFound',
      'A data identifier was deleted meanwhile. Check its name and try again.',
    );
  }
  try {
    const rows = await tx<RuleRow[]>`
      insert into rules (did_id, scope, name, did_type, account, subscription_id, copies, rse_expression,
        source_replica_expression, weight, grouping, notification, activity, priority, locked, purge_replicas,
        ignore_availability, ignore_account_limit, split_container, comments, meta, state, reason, reason_facts, reason_since,
        error, expires_at, inject_after, created_at, updated_at)
      select d.did_id, d.scope, d.name, d.did_type, ${spec.account}, ${spec.subscription_id}, ${spec.copies}, ${spec.rse_expression},
        ${spec.source_replica_expression}, ${spec.weight}, ${spec.grouping}, ${spec.notification}, ${spec.activity},
        ${spec.priority}, ${spec.locked}, ${spec.purge_replicas}, ${spec.ignore_availability},
        ${spec.ignore_account_limit ?? false}, ${spec.split_container}, ${spec.comments}, ${spec.meta}, d.state, d.reason,
        d.reason_facts::jsonb, ${now}, null, ${expires}, d.inject_after, coalesce(d.inject_after, ${now}), ${now}
      from unnest(
        ${rules.map((r) => r.did.id)}::bigint[], ${rules.map((r) => r.did.scope)}::text[], ${rules.map((r) => r.did.name)}::text[],
        ${rules.map((r) => r.did.did_type)}::text[], ${rules.map((r) => r.state)}::text[], ${rules.map((r) => r.reason)}::text[],
        ${rules.map((r) => (r.reason_facts ? JSON.stringify(r.reason_facts) : null))}::text[],
        ${rules.map((r) => r.inject_after?.toISOString() ?? null)}::timestamptz[]
      ) as d (did_id, scope, name, did_type, state, reason, reason_facts, inject_after)
      returning ${tx(ruleColumns as unknown as string[])}`;
    const byDid = new Map(rows.map((row) => [row.did_id, row]));
    return rules.map((rule) => byDid.get(rule.did.id)!);
  } catch (error) {
    if (sqlState(error) === '23505' && violatedConstraint(error) === 'rules_key') {
      const names = rules
        .slice(0, 3)
        .map((r) => `${r.did.scope}:${r.did.name}`)
        .join(', ');
      throw fail(
        'DuplicateRule',
        `A duplicate rule for this account, did, rse_expression, copies already exists (${names}). Use the existing one.`,
      );
    }
    throw error;
  }
};
