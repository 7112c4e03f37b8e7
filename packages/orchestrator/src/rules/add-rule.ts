import { FieldError, fail } from '@leman/contracts';
import { sqlState, type Transaction } from '@leman/foundation';
import { requireMayAddRule } from '../accounts/permissions.ts';
import { type Did, type DidName, findDids } from '../dids/find-dids.ts';
import type { Caller, Lake } from '../lake.ts';
import { countLocks, type LockDelta } from '../locks/count-locks.ts';
import { resolveExpression } from '../rses/resolve-expression.ts';
import { type Rse, type RseDirectory, rseDirectory } from '../rses/rse-directory.ts';
import { requireAccount } from './change-rule-account.ts';
import { insertRules, type NewRule } from './insert-rules.ts';
import { deltaOf, layOutRule } from './lay-out-rule.ts';
import { parseRuleSpec, type RuleSpec } from './parse-rule-spec.ts';
import { type RuleChoice, readChoice } from './read-choice.ts';

/** Seconds: longest life of a rule at a SCRATCHDISK for those who are no administrators. */
const SCRATCH_LIFETIME = 14 * 86_400 - 1;
const DEADLOCK = '40P01';
const ATTEMPTS = 5;

export interface AddedRules {
  ids: string[];
  /** Channels to wake after commit. */
  wake: string[];
}

/** Rules for RSEs with an opinion on them: lifetimes, approval, tape. Returns the wish as it will be kept. */
const applyPolicies = (
  spec: RuleSpec,
  rses: readonly Rse[],
  directory: RseDirectory,
  caller: Caller,
): RuleSpec => {
  let { lifetime, locked } = spec;
  if (lifetime === null && rses.some((rse) => rse.staging_area)) {
    throw fail(
      'StagingAreaRuleRequiresLifetime',
      'Rules for a staging area must include a lifetime. Give one in seconds.',
    );
  }
  const scratch = rses.some((rse) => rse.attributes.get('type') === 'SCRATCHDISK');
  if (scratch && !caller.isAdmin && (lifetime === null || lifetime > SCRATCH_LIFETIME))
    lifetime = SCRATCH_LIFETIME;
  if (lifetime === null && rses.some((rse) => rse.rse_type === 'TAPE')) locked = true;
  if (spec.ask_approval) {
    const blocking = rses.find((rse) => (rse.attributes.get('block_manual_approval') ?? 'false') !== 'false');
    if (blocking)
      throw fail(
        'ManualRuleApprovalBlocked',
        `RSE ${blocking.rse} does not take rules that ask for approval. Leave ask_approval out.`,
      );
    if (rses.length > 1)
      throw fail(
        'InvalidReplicationRule',
        'Ask approval is not allowed for rules with multiple RSEs. Name one RSE.',
      );
  }
  if (spec.source_replica_expression) checkSourceExpression(directory, spec.source_replica_expression);
  return { ...spec, lifetime, locked };
};

/** @throws InvalidSourceReplicaExpression */
export const checkSourceExpression = (directory: RseDirectory, expression: string): void => {
  try {
    resolveExpression(directory, expression);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw fail(
      'InvalidSourceReplicaExpression',
      `The source replica expression '${expression}' cannot be used: ${error.message}`,
    );
  }
};

/** Whether an RSE takes a rule that asks for approval without a person: small and closed enough. */
const approvesItself = (did: Did, rse: Rse): boolean => {
  if (did.is_open || did.bytes === null || did.length === null) return false;
  const bytes = rse.attributes.get('auto_approve_bytes');
  const files = rse.attributes.get('auto_approve_files');
  const few = files !== undefined && did.length < Number(files);
  const small = bytes !== undefined && did.bytes < Number(bytes);
  return bytes !== undefined && files !== undefined ? small && few : small || few;
};

/** A file that lives in an archive and has no copy of its own on disk is reached through its archive. */
const relayConstituents = async (tx: Transaction, dids: readonly DidName[]): Promise<DidName[]> => {
  const rows = await tx<{ position: number; scope: string; name: string }[]>`
    select distinct on (asked.position) asked.position::int as position, archive.scope, archive.name
    from unnest(${dids.map((did) => did.scope)}::text[], ${dids.map((did) => did.name)}::text[])
      with ordinality as asked (scope, name, position)
    join dids file on file.scope = asked.scope and file.name = asked.name and file.constituent
    join archive_contents inside on inside.child_id = file.id
    join replicas held on held.did_id = inside.archive_id
    join dids archive on archive.id = inside.archive_id
    where not exists (
      select from replicas r join rses s on s.id = r.rse_id
      where r.did_id = file.id and r.state = 'A' and s.rse_type <> 'TAPE')
    order by asked.position, archive.id`;
  const relayed = [...dids];
  for (const { position, scope, name } of rows) relayed[position - 1] = { scope, name };
  return relayed;
};

/** Which of the collections have at least so many files below them. Counts no further than that. */
const largeDids = async (tx: Transaction, dids: readonly Did[], files: number): Promise<Set<number>> => {
  const rows = await tx<{ id: number }[]>`
    select d.id from unnest(${dids.filter((did) => did.did_type !== 'F').map((did) => did.id)}::bigint[]) as d (id)
    where (
      select count(*) from (
        with recursive tree (id, did_type) as (
          select id, did_type from dids where id = d.id
          union
          select c.id, c.did_type from tree join contents on contents.parent_id = tree.id join dids c on c.id = contents.child_id
          where tree.did_type = 'C'
        )
        select from tree join contents on contents.parent_id = tree.id where tree.did_type = 'D' limit ${files}
      ) counted
    ) >= ${files}`;
  return new Set(rows.map((row) => row.id));
};

/**
 * Makes rules in the caller's transaction: checks in the field's order, then either lays them out at once or leaves
 * them to the judge-injector (asked for, delayed, split, or large). Reference: Rucio REST contract 2.5.
 *
 * @param options.atOnce lays out large rules too before it returns
 * @throws InvalidRSEExpression, RSEWriteBlocked, StagingAreaRuleRequiresLifetime, ManualRuleApprovalBlocked,
 *   InvalidSourceReplicaExpression, InsufficientTargetRSEs, InvalidRuleWeight, InsufficientAccountLimit, RSEOverQuota,
 *   DuplicateRule (409); DataIdentifierNotFound, AccountNotFound (404); AccessDenied (401)
 */
export const addRulesIn = async (
  tx: Transaction,
  lake: Lake,
  caller: Caller,
  wish: RuleSpec,
  options: { atOnce?: boolean } = {},
): Promise<AddedRules> => {
  requireMayAddRule(caller, wish.account, wish.locked);
  await requireAccount(tx, wish.account);
  const now = new Date(lake.clock.now());
  const directory = await rseDirectory(lake);
  const availability = wish.ignore_availability ? {} : { availability: 'write' as const };
  const rses = resolveExpression(directory, wish.rse_expression, { ...availability, status: 409 });
  const spec = applyPolicies(wish, rses, directory, caller);
  const limits = { ...spec, ignore_account_limit: spec.ignore_account_limit ?? false };
  const choice = await readChoice(tx, directory, limits, { skipQuota: spec.ask_approval });
  const named = await findDids(tx, await relayConstituents(tx, spec.dids));
  const dids = [...new Map(named.map((did) => [did.id, did])).values()];
  const background = Math.ceil(lake.settings.backgroundLocks / spec.copies);
  const large = options.atOnce ? new Set<number>() : await largeDids(tx, dids, background);

  const delay = (spec.delay_injection ?? 0) * 1000;
  const injectAfter = new Date(now.getTime() + delay);
  const injected: Omit<NewRule, 'did'> = {
    state: 'I',
    inject_after: injectAfter,
    reason: delay > 0 ? 'INJECTION_DELAYED' : 'INJECTING',
    reason_facts: delay > 0 ? { at: injectAfter.toISOString() } : null,
  };
  const plan = dids.map((did): NewRule => {
    if (spec.ask_approval && !approvesItself(did, rses[0]!)) {
      return { did, state: 'W', inject_after: null, reason: 'WAITING_APPROVAL', reason_facts: null };
    }
    const split = spec.split_container && did.did_type === 'C';
    if (spec.ask_approval || spec.asynchronous || delay > 0 || split || large.has(did.id))
      return { did, ...injected };
    return { did, state: 'R', inject_after: null, reason: null, reason_facts: null };
  });
  const kept = spec.ask_approval
    ? { ...spec, ignore_account_limit: plan.every((rule) => rule.state === 'I') }
    : spec;
  const rules = await insertRules(tx, kept, plan, now);

  const wake = new Set<string>();
  if (rules.some((rule) => rule.state === 'I')) wake.add('judge-injector');
  const deltas: LockDelta[] = [];
  for (const rule of rules)
    if (rule.state === 'R') deltas.push(await layOutWhole(tx, rule, choice, now, wake));
  const counted = await countLocks(tx, deltas, now);
  for (const channel of counted.wake) wake.add(channel);
  return { ids: rules.map((rule) => rule.id), wake: [...wake] };
};

const layOutWhole = async (
  tx: Transaction,
  rule: Parameters<typeof layOutRule>[1],
  choice: RuleChoice,
  now: Date,
  wake: Set<string>,
): Promise<LockDelta> => {
  const total: LockDelta = { rule_id: rule.id, ok: 0, replicating: 0, stuck: 0 };
  for (let after: readonly number[] | undefined = [0, 0]; after; ) {
    const { placed, next } = await layOutRule(tx, rule, choice, after, now);
    const delta = deltaOf(rule, choice, placed);
    total.ok += delta.ok;
    total.replicating += delta.replicating;
    total.stuck += delta.stuck;
    if (delta.reason) Object.assign(total, { reason: delta.reason, facts: delta.facts });
    if (placed.queued > 0) for (const channel of REQUEST_CHANNELS) wake.add(channel);
    after = next;
  }
  return total;
};

/** Who is woken when requests were queued. */
export const REQUEST_CHANNELS = ['conveyor-preparer', 'conveyor-submitter'] as const;

/** Runs a step that locks replicas; tries again when the database chose it as the victim of a deadlock. */
export const judged = async <T>(lake: Lake, step: (tx: Transaction) => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await lake.sql.begin(step)) as T;
    } catch (error) {
      if (sqlState(error) !== DEADLOCK || attempt === ATTEMPTS) throw error;
    }
  }
};

/**
 * Makes rules, one per DID of the wish, all or none, in a transaction of its own; wakes who has work then.
 * @returns ids of the rules
 * @throws what addRulesIn throws
 */
export const addRules = async (lake: Lake, caller: Caller, wish: RuleSpec): Promise<string[]> => {
  const { ids, wake } = await judged(lake, (tx) => addRulesIn(tx, lake, caller, wish));
  for (const channel of wake) lake.wakeups.wake(channel);
  return ids;
};

/**
 * Makes the rules that came with a new DID, in the transaction that makes it: bodies like POST /rules without `dids`.
 * @returns channels to wake after commit
 */
export const addRulesOfDid = async (
  tx: Transaction,
  lake: Lake,
  caller: Caller,
  did: DidName,
  bodies: readonly Record<string, unknown>[],
): Promise<string[]> => {
  const channels: string[] = [];
  for (const body of bodies) {
    const wish = parseRuleSpec({ account: null, ...body, dids: [did] }, caller.account);
    channels.push(...(await addRulesIn(tx, lake, caller, wish)).wake);
  }
  return channels;
};
