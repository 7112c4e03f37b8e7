import type { DaemonDefinition } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { injectRule } from './inject-rule.ts';

const BATCH = 20;

/**
 * judge-injector: lays out rules in the background, one step a rule and batch, so that a small rule behind a large
 * one waits for one step only.
 */
export const judgeInjector = (lake: Lake): DaemonDefinition => ({
  name: 'judge-injector',
  wakeOn: ['judge-injector'],
  pollMs: 5000,
  async batch({ now, signal }) {
    const due = await lake.sql<{ id: string }[]>`
      select id from rules
      where state = 'I' and inject_after <= ${new Date(now)}
      order by priority desc, inject_after, id limit ${BATCH}`;
    let handled = 0;
    for (const { id } of due) {
      if (signal.aborted) break;
      handled += await injectRule(lake, id);
    }
    return handled;
  },
});
