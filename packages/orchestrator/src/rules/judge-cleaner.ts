import type { DaemonDefinition } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { judged } from './add-rule.ts';
import { endRuleStep } from './delete-rule.ts';
import { judgeLock } from './judge-lock.ts';
import { findRule } from './rule-row.ts';

const BATCH = 20;

/** One step of ending an expired rule, if nobody else is at it. */
const clean = async (lake: Lake, id: string): Promise<number> => {
  const { handled, wake } = await judged(lake, async (tx) => {
    const now = new Date(lake.clock.now());
    if (!(await judgeLock(tx, id, 'try'))) return { handled: 0, wake: [] };
    const rule = await findRule(tx, id).catch(() => undefined);
    const ended = rule?.expires_at && rule.expires_at <= now && !rule.locked && rule.child_rule_id === null;
    if (!rule || !ended) return { handled: 0, wake: [] };
    const { gone, wake: channels } = await endRuleStep(tx, rule, now);
    return { handled: 1, wake: gone ? channels : [...channels, 'judge-cleaner'] };
  });
  for (const channel of wake) lake.wakeups.wake(channel);
  return handled;
};

/**
 * judge-cleaner: rules that have ended lose their locks, some thousands a step, and go into the history. Locked rules
 * and rules that wait for a child stay.
 */
export const judgeCleaner = (lake: Lake): DaemonDefinition => ({
  name: 'judge-cleaner',
  wakeOn: ['judge-cleaner'],
  pollMs: 5000,
  async batch({ now, signal }) {
    const due = await lake.sql<{ id: string }[]>`
      select id from rules
      where expires_at <= ${new Date(now)} and not locked and child_rule_id is null
      order by expires_at limit ${BATCH}`;
    let handled = 0;
    for (const { id } of due) {
      if (signal.aborted) break;
      handled += await clean(lake, id);
    }
    return handled;
  },
});
