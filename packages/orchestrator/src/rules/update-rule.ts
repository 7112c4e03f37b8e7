import { fail } from '@leman/contracts';
import { parseWireDate, sqlState, type Transaction } from '@leman/foundation';
import { requireAdmin } from '../accounts/permissions.ts';
import type { Caller, Lake } from '../lake.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { optionalBoolean } from '../server/parameters.ts';
import { checkSourceExpression, judged } from './add-rule.ts';
import { changeRuleAccount } from './change-rule-account.ts';
import { changeRuleState } from './change-rule-state.ts';
import { judgeLock } from './judge-lock.ts';
import { ruleActivity, ruleInteger, ruleLifetime, ruleMeta, ruleText } from './parse-rule-spec.ts';
import { findRule, isRuleId, type RuleRow } from './rule-row.ts';

/** Options in the field's words. Reference: Rucio REST contract 2.5. */
const valid = new Set([
  'comment',
  'locked',
  'lifetime',
  'account',
  'state',
  'activity',
  'source_replica_expression',
  'cancel_requests',
  'priority',
  'child_rule_id',
  'eol_at',
  'meta',
  'purge_replicas',
  'boost_rule',
]);

const refuse = (message: string) => fail('InputValidationError', message, { status: 409 });

/** The child that a rule waits for; null dissolves the tie. */
const changeChild = async (tx: Transaction, rule: RuleRow, child: unknown): Promise<void> => {
  if (child === null) {
    if (!rule.child_rule_id) throw refuse('Cannot detach child when no such relationship exists.');
    await tx`update rules set child_rule_id = null, expires_at = null where id = ${rule.id}`;
    return;
  }
  if (!isRuleId(child)) throw refuse('child_rule_id must be the id of a rule.');
  const other = await findRule(tx, child);
  if (other.id === rule.id) throw refuse('Self-referencing parent/child-relationship.');
  if (other.did_id !== rule.did_id) throw refuse('Parent and child rule must be set on the same dataset.');
  if (other.state !== 'O') await tx`update rules set child_rule_id = ${other.id} where id = ${rule.id}`;
};

/** Requests that are not on their way yet follow what changed at their rule. */
const changeRequests = async (
  tx: Transaction,
  rule: RuleRow,
  column: 'activity' | 'priority' | 'source_replica_expression',
  value: string | number | null,
  now: Date,
) => {
  await tx`
    update requests set ${tx(column)} = ${value}, updated_at = ${now}
    where rule_id = ${rule.id} and state in ('Q', 'W', 'P', 'N', 'O')`;
};

const apply = async (
  tx: Transaction,
  lake: Lake,
  caller: Caller,
  rule: RuleRow,
  options: Record<string, unknown>,
  now: Date,
) => {
  const set = (column: string, value: string | number | boolean | Date | null) =>
    tx`update rules set ${tx(column)} = ${value}, updated_at = ${now} where id = ${rule.id}`;
  // the state first: it changes locks, and those come before the row of the rule
  const ordered = Object.entries(options).sort(([a], [b]) => Number(b === 'state') - Number(a === 'state'));
  for (const [key, value] of ordered) {
    switch (key) {
      case 'comment':
        await set('comments', value === null ? null : ruleText('comment', value, 250));
        break;
      case 'locked':
      case 'purge_replicas':
        await set(key, optionalBoolean(options, key, false));
        break;
      case 'lifetime': {
        const lifetime = ruleLifetime(value);
        await set('expires_at', lifetime === null ? null : new Date(now.getTime() + lifetime * 1000));
        break;
      }
      case 'eol_at': {
        const at = value === null ? null : parseWireDate(value);
        if (at === undefined) throw refuse('eol_at must be a date.');
        await set('eol_at', at);
        break;
      }
      case 'meta':
        await set(
          'meta',
          value === null ? null : ruleMeta(typeof value === 'string' ? value : JSON.stringify(value)),
        );
        break;
      case 'activity': {
        const activity = ruleActivity(value);
        await set('activity', activity);
        await changeRequests(tx, rule, 'activity', activity, now);
        break;
      }
      case 'priority': {
        const priority = ruleInteger('priority', value, 0, 100);
        await set('priority', priority);
        await changeRequests(tx, rule, 'priority', priority, now);
        break;
      }
      case 'source_replica_expression': {
        const expression = value === null ? null : ruleText(key, value);
        if (expression) checkSourceExpression(await rseDirectory(lake), expression);
        await set(key, expression);
        await changeRequests(tx, rule, 'source_replica_expression', expression, now);
        break;
      }
      case 'account':
        await changeRuleAccount(tx, rule, ruleText('account', value, 25), now);
        break;
      case 'child_rule_id':
        await changeChild(tx, rule, value);
        break;
      case 'state': {
        const cancel = optionalBoolean(options, 'cancel_requests', false);
        await changeRuleState(tx, rule, ruleText('state', value, 25), cancel, caller.account, now);
        break;
      }
    }
  }
  // after a change of state, whatever the order of the options
  if (options.boost_rule !== undefined && optionalBoolean(options, 'boost_rule', true)) {
    await tx`update rules set attempts = 0, next_attempt_at = ${now}, updated_at = ${now} where id = ${rule.id} and state = 'S'`;
    await tx`
      update requests set next_attempt_at = ${now}, updated_at = ${now}
      where rule_id = ${rule.id} and state in ('Q', 'N') and next_attempt_at > ${now}`;
  }
};

/**
 * Changes options of a rule, all or none.
 * @throws RuleNotFound, AccountNotFound 404; InputValidationError, DuplicateRule, InvalidObject 409; AccessDenied 401
 */
export const updateRule = async (
  lake: Lake,
  caller: Caller,
  id: string,
  options: Record<string, unknown>,
): Promise<void> => {
  requireAdmin(caller, 'update replication rules');
  for (const key of Object.keys(options)) {
    if (!valid.has(key))
      throw refuse(`${key.slice(0, 60)} is not a valid option to set. Use ${[...valid].join(', ')}.`);
  }
  try {
    await judged(lake, async (tx) => {
      const known = await findRule(tx, id);
      await judgeLock(tx, known.id, 'wait');
      await apply(tx, lake, caller, await findRule(tx, known.id), options, new Date(lake.clock.now()));
    });
  } catch (error) {
    if (sqlState(error) !== '23505') throw error;
    throw fail('DuplicateRule', 'The account has a rule for this DID, rse_expression and copies already.');
  }
  for (const channel of [
    'judge-cleaner',
    'judge-repairer',
    'conveyor-preparer',
    'conveyor-submitter',
    'conveyor-canceler',
    'hermes',
  ])
    lake.wakeups.wake(channel);
};
