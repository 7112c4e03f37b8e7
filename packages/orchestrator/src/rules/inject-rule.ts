import { FieldError } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { countLocks } from '../locks/count-locks.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { judged, REQUEST_CHANNELS } from './add-rule.ts';
import { judgeLock } from './judge-lock.ts';
import { deltaOf, layOutRule } from './lay-out-rule.ts';
import { markIncomplete } from './mark-incomplete.ts';
import { readChoice } from './read-choice.ts';
import { findRule, type RuleRow } from './rule-row.ts';
import { splitRule } from './split-rule.ts';

/**
 * One step of a rule in state I: the next page of its files gets locks, and how far it is, is kept with them, so that
 * it goes on there after a crash. After the last step the state follows from the locks. When there is no room or no
 * RSE, the rule is stuck with the reason, and the judge-repairer brings it back later.
 *
 * @returns 1 when a step was made, 0 when somebody else is at it
 */
export const injectRule = async (lake: Lake, id: string): Promise<number> => {
  const wake = new Set<string>();
  const now = new Date(lake.clock.now());
  const handled = await judged(lake, async (tx) => {
    wake.clear();
    if (!(await judgeLock(tx, id, 'try'))) return 0;
    const rule = await findRule(tx, id).catch(() => undefined);
    if (rule?.state !== 'I') return 0;
    if (rule.split_container && rule.did_type === 'C') {
      for (const channel of await splitRule(tx, rule, now)) wake.add(channel);
      return 1;
    }
    try {
      await tx.savepoint((step) => layOutStep(step as unknown as Transaction, lake, rule, now, wake));
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      await markIncomplete(tx, rule, error, now);
      wake.add('hermes');
    }
    return 1;
  });
  for (const channel of wake) lake.wakeups.wake(channel);
  return handled;
};

const layOutStep = async (
  tx: Transaction,
  lake: Lake,
  rule: RuleRow,
  now: Date,
  wake: Set<string>,
): Promise<void> => {
  const choice = await readChoice(tx, await rseDirectory(lake), rule);
  const { placed, next } = await layOutRule(tx, rule, choice, rule.injected_to ?? [0, 0], now);
  await tx`
    update rules set
      injected_to = ${next ? (next as number[]) : null}::bigint[],
      state = ${next ? 'I' : 'R'}, incomplete = false,
      reason = ${next ? 'INJECTING' : null}, reason_facts = null,
      error = null, updated_at = ${now}
    where id = ${rule.id}`;
  if (placed.queued > 0) for (const channel of REQUEST_CHANNELS) wake.add(channel);
  for (const channel of (await countLocks(tx, [deltaOf(rule, choice, placed)], now)).wake) wake.add(channel);
  if (next) wake.add('judge-injector');
};
