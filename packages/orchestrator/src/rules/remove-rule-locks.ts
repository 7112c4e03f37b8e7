import type { Transaction } from '@leman/foundation';
import { countLocks } from '../locks/count-locks.ts';
import { type Removed, removeLocks } from '../locks/remove-locks.ts';
import type { RuleRow } from './rule-row.ts';

/** Locks of one step: bounds the time that rows are held. */
export const LOCKS_PER_STEP = 5000;

/**
 * Takes a rule off copies and counts it. With `dying` the rule keeps its state: it is on its way out and must not turn
 * OK because its unfinished locks went.
 * @returns what went, and the channels to wake after commit
 */
export const removeRuleLocks = async (
  tx: Transaction,
  rule: RuleRow,
  which: readonly { did_id: number; rse_id: string }[],
  now: Date,
  options: { dying?: boolean } = {},
): Promise<{ removed: Removed; wake: string[] }> => {
  const removed = await removeLocks(tx, rule, which, now);
  const delta = {
    rule_id: rule.id,
    ok: -removed.ok,
    replicating: -removed.replicating,
    stuck: -removed.stuck,
  };
  const { wake } = await countLocks(tx, [delta], now, { keepState: options.dying ?? false });
  if (removed.cancelled > 0) wake.push('conveyor-canceler');
  return { removed, wake: [...wake, 'reaper'] };
};
