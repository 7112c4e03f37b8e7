import { fail, letterOf, ruleGroupings, ruleNotifications } from '@leman/contracts';
import { optionalBoolean, required } from '../server/parameters.ts';
import { isRuleId } from './rule-row.ts';

/** A wish for rules, one per DID, as POST /rules and add_did with rules carry it. Units: seconds. */
export interface RuleSpec {
  dids: { scope: string; name: string }[];
  account: string;
  copies: number;
  rse_expression: string;
  weight: string | null;
  lifetime: number | null;
  grouping: 'A' | 'D' | 'N';
  locked: boolean;
  subscription_id: string | null;
  source_replica_expression: string | null;
  activity: string;
  notification: 'Y' | 'N' | 'C' | 'P';
  purge_replicas: boolean;
  ignore_availability: boolean;
  ignore_account_limit?: boolean;
  comments: string | null;
  ask_approval: boolean;
  asynchronous: boolean;
  delay_injection: number | null;
  priority: number;
  split_container: boolean;
  meta: string | null;
}

const DEFAULT_ACTIVITY = 'User Subscriptions';
/** Enumeration of the generic policy. Reference: Rucio REST contract 2.2. */
const activities = new Set([
  'Data Brokering',
  'Data Consolidation',
  'Data Rebalancing',
  'Debug',
  'Express',
  'Functional Test',
  'Group Subscriptions',
  'Production Input',
  'Production Output',
  'Analysis Input',
  'Analysis Output',
  'Staging',
  'T0 Export',
  'T0 Tape',
  'Upload/Download (Job)',
  'Upload/Download (User)',
  DEFAULT_ACTIVITY,
  'Data Challenge',
]);
const MAX_TEXT = 3999;
const MAX_DIDS = 1000;
/** Seconds: a thousand years. */
const MAX_LIFETIME = 31_536_000_000;

const invalid = (key: string, what: string) =>
  fail('InvalidObject', `Problem validating rule: ${key} must be ${what}.`, { status: 409 });

const given = (body: Record<string, unknown>, key: string): boolean =>
  body[key] !== undefined && body[key] !== null;

/** A text without control characters, at most `max` long. */
export const ruleText = (key: string, value: unknown, max = MAX_TEXT): string => {
  if (typeof value !== 'string' || value.length > max || /(?![\t\n\r])\p{Cc}/u.test(value)) {
    throw invalid(key, `a text of at most ${max} characters`);
  }
  return value;
};

const textOrNull = (body: Record<string, unknown>, key: string, max?: number): string | null =>
  given(body, key) ? ruleText(key, body[key], max) : null;

/** A whole number in a range; a text of digits is taken too. */
export const ruleInteger = (key: string, value: unknown, least: number, most: number): number => {
  const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < least || number > most) {
    throw invalid(key, `a whole number from ${least} to ${most}`);
  }
  return number;
};

/** Lifetime in seconds; null: none. */
export const ruleLifetime = (value: unknown): number | null => {
  if (value === null || value === undefined) return null;
  const number = typeof value === 'string' && /^-?\d{1,15}(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || Math.abs(number) > MAX_LIFETIME) {
    throw invalid('lifetime', 'a number of seconds');
  }
  return number;
};

/** The activity, or the default one. @throws InvalidObject */
export const ruleActivity = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return DEFAULT_ACTIVITY;
  if (typeof value !== 'string' || !activities.has(value))
    throw invalid('activity', `one of ${[...activities].join(', ')}`);
  return value;
};

/** Free data of the caller: text, or JSON that becomes text. */
export const ruleMeta = (value: unknown): string | null => {
  if (value === null || value === undefined) return null;
  return ruleText('meta', typeof value === 'string' ? value : JSON.stringify(value));
};

/** The DIDs of a wish: 1 to 1,000 different ones. */
const readDids = (value: unknown): RuleSpec['dids'] => {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_DIDS) {
    throw invalid('dids', `a list of 1 to ${MAX_DIDS} of {scope, name}`);
  }
  return value.map((did: unknown) => {
    const { scope, name } = (typeof did === 'object' && did !== null ? did : {}) as {
      scope?: unknown;
      name?: unknown;
    };
    return { scope: ruleText('scope', scope, 25), name: ruleText('name', name, 500) };
  });
};

/**
 * Reads the body of POST /rules.
 * @param caller account of a rule that names none
 * @throws KeyError 400 for a missing key, TypeError 400 for what must be a boolean, InvalidObject 409 for the rest,
 *   InvalidValueForKey 400 for copies below 1
 */
export const parseRuleSpec = (body: Record<string, unknown>, caller: string): RuleSpec => {
  const dids = required(body, 'dids');
  const account = required(body, 'account');
  const copies = required(body, 'copies');
  const expression = required(body, 'rse_expression');
  const grouping = given(body, 'grouping') ? letterOf(ruleGroupings, body.grouping) : 'D';
  if (!grouping) throw invalid('grouping', 'ALL, DATASET or NONE');
  const notification = given(body, 'notify') ? letterOf(ruleNotifications, body.notify) : 'N';
  if (!notification) throw invalid('notify', 'Y, N, C or P');
  const subscription = given(body, 'subscription_id') ? body.subscription_id : null;
  if (subscription !== null && !isRuleId(subscription))
    throw invalid('subscription_id', 'an id of 32 hex digits');
  const spec: RuleSpec = {
    dids: readDids(dids),
    account: ruleText('account', account ?? caller, 25),
    copies: ruleInteger('copies', copies, -1_000_000, 1_000_000),
    rse_expression: ruleText('rse_expression', expression),
    weight: textOrNull(body, 'weight'),
    lifetime: ruleLifetime(body.lifetime),
    grouping,
    locked: optionalBoolean(body, 'locked', false),
    subscription_id: subscription,
    source_replica_expression: textOrNull(body, 'source_replica_expression'),
    activity: ruleActivity(body.activity),
    notification,
    purge_replicas: optionalBoolean(body, 'purge_replicas', false),
    ignore_availability: optionalBoolean(body, 'ignore_availability', false),
    comments: textOrNull(body, 'comment', 250),
    ask_approval: optionalBoolean(body, 'ask_approval', false),
    asynchronous: optionalBoolean(body, 'asynchronous', false),
    delay_injection: given(body, 'delay_injection')
      ? ruleInteger('delay_injection', body.delay_injection, 0, 315_360_000)
      : null,
    priority: given(body, 'priority') ? ruleInteger('priority', body.priority, 0, 100) : 3,
    split_container: optionalBoolean(body, 'split_container', false),
    meta: ruleMeta(body.meta),
  };
  if (spec.copies < 1)
    throw fail('InvalidValueForKey', 'The number of copies for a replication rule should be greater than 0.');
  return spec;
};
