import type { DaemonDefinition } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { judged } from './add-rule.ts';
import { hastenRules } from './hasten-rules.ts';
import { judgeLock } from './judge-lock.ts';
import { repairRule } from './repair-rule.ts';
import { findRule } from './rule-row.ts';

const BATCH = 50;
const FIRST_BACKOFF_MS = 10_000;
const LAST_BACKOFF_MS = 3_600_000;

/** When a stuck rule is looked at again, after so many looks. Milliseconds. */
export const repairBackoff = (attempts: number): number =>
  Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(attempts, 16), LAST_BACKOFF_MS);

/** Repairs one rule in steps, each a transaction of its own. */
const repair = async (lake: Lake, id: string, signal: AbortSignal): Promise<number> => {
  let handled = 0;
  for (let after: number | undefined = 0; after !== undefined && !signal.aborted; ) {
    const from: number = after;
    const { next, wake, done } = await judged(lake, async (tx) => {
      const now = new Date(lake.clock.now());
      if (!(await judgeLock(tx, id, 'try'))) return { next: undefined, wake: [], done: 0 };
      const rule = await findRule(tx, id).catch(() => undefined);
      if (!rule || (rule.state !== 'S' && from === 0)) return { next: undefined, wake: [], done: 0 };
      const step = await repairRule(tx, lake, rule, from, now);
      if (from === 0) {
        const again = new Date(now.getTime() + repairBackoff(rule.attempts));
        await tx`
          update rules set attempts = least(attempts + 1, 1000), next_attempt_at = ${again}, updated_at = ${now} where id = ${id}`;
      }
      if (step.next !== undefined || !rule.incomplete || !step.mayLayOut) return { ...step, done: 1 };
      const [row] = await tx`
        update rules set state = 'I', injected_to = null, inject_after = ${now}, updated_at = ${now}
        where id = ${id} and incomplete and state = 'S'
        returning id`;
      return { next: undefined, wake: row ? [...step.wake, 'judge-injector'] : step.wake, done: 1 };
    });
    for (const channel of wake) lake.wakeups.wake(channel);
    handled += done;
    after = next;
  }
  return handled;
};

/**
 * judge-repairer: looks at stuck rules, each with a back-off of its own, or as soon as storages or limits changed: brings locks back, moves those that keep
 * failing, has rules that lack locks laid out again.
 */
export const judgeRepairer = (lake: Lake): DaemonDefinition => {
  // Storages or limits may have changed since rules were looked at.
  let changed = true;
  for (const channel of ['rses', 'quotas'])
    lake.wakeups.on(channel, () => {
      changed = true;
    });
  return {
    name: 'judge-repairer',
    wakeOn: ['judge-repairer', 'rses', 'quotas'],
    pollMs: 5000,
    async batch({ now, signal }) {
      if (changed) {
        changed = false;
        await hastenRules(lake.sql, new Date(now));
      }
      const due = await lake.sql<{ id: string }[]>`
      select id from rules
      where state = 'S' and (next_attempt_at is null or next_attempt_at <= ${new Date(now)})
      order by next_attempt_at nulls first limit ${BATCH}`;
      let handled = 0;
      for (const { id } of due) {
        if (signal.aborted) break;
        handled += await repair(lake, id, signal);
      }
      return handled;
    },
  };
};
