import { FieldError } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { countLocks } from '../locks/count-locks.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { judged, REQUEST_CHANNELS } from './add-rule.ts';
import { judgeLock } from './judge-lock.ts';
import { deltaOf, FILES_PER_STEP, layOutRule } from './lay-out-rule.ts';
import { markIncomplete } from './mark-incomplete.ts';
import type { FileToPlace } from './next-files.ts';
import { placeFiles } from './place-files.ts';
import { readChoice } from './read-choice.ts';
import { findRule, type RuleRow } from './rule-row.ts';
import { rulesAbove } from './rules-above.ts';

/** Which of the children are in the collection now. */
const readChildren = async (lake: Lake, parent: number, children: readonly number[]) => {
  const rows = await lake.sql<{ id: number; bytes: number; did_type: string }[]>`
    select d.id, coalesce(d.bytes, 0)::bigint as bytes, d.did_type
    from contents c join dids d on d.id = c.child_id
    where c.parent_id = ${parent} and c.child_id = any(${children as number[]}::bigint[])
    order by d.id`;
  const files: FileToPlace[] = [];
  const collections: number[] = [];
  for (const { id, bytes, did_type } of rows) {
    if (did_type === 'F') files.push({ id, bytes, dataset_id: parent });
    else collections.push(id);
  }
  return { files, collections };
};

/** The children of a page that have not been taken out again meanwhile; asked under the judge's lock. */
const stillThere = async (
  tx: Transaction,
  parent: number,
  files: readonly FileToPlace[],
): Promise<FileToPlace[]> => {
  const rows = await tx<{ child_id: number }[]>`
    select child_id from contents
    where parent_id = ${parent} and child_id = any(${files.map((file) => file.id)}::bigint[])`;
  const there = new Set(rows.map((row) => row.child_id));
  return files.filter((file) => there.has(file.id));
};

/** Whether the rule is for the evaluator: what waits or has not begun gets its files when it is laid out. */
const takesFiles = (rule: RuleRow): boolean =>
  rule.state !== 'W' && (rule.state !== 'I' || rule.injected_to !== null);

/**
 * Children that were attached to a collection get their locks, under every rule on the collection or above it. Each
 * rule and page is a transaction of its own; a rule without room becomes stuck with the reason and is laid out again
 * by the judge-repairer.
 */
export const evaluateAttach = async (
  lake: Lake,
  parent: number,
  children: readonly number[],
): Promise<void> => {
  const rules = await rulesAbove(lake.sql, parent);
  if (rules.length === 0) return;
  const { files, collections } = await readChildren(lake, parent, children);

  /** One page under one rule; false when the rule takes no more. */
  const step = async (
    id: string,
    place: (tx: Transaction, rule: RuleRow, now: Date, wake: Set<string>) => Promise<void>,
  ): Promise<boolean> => {
    const wake = new Set<string>();
    const goOn = await judged(lake, async (tx) => {
      wake.clear();
      const now = new Date(lake.clock.now());
      await judgeLock(tx, id, 'wait');
      const rule = await findRule(tx, id).catch(() => undefined);
      if (!rule || !takesFiles(rule)) return false;
      if (rule.state === 'U') {
        // when somebody lets it go on, it has files without locks
        await tx`update rules set incomplete = true, updated_at = ${now} where id = ${id}`;
        return false;
      }
      try {
        await tx.savepoint((inner) => place(inner as unknown as Transaction, rule, now, wake));
        return true;
      } catch (error) {
        if (!(error instanceof FieldError)) throw error;
        await markIncomplete(tx, rule, error, now);
        wake.add('judge-repairer');
        return false;
      }
    });
    for (const channel of wake) lake.wakeups.wake(channel);
    return goOn;
  };

  for (const id of rules) {
    let goOn = true;
    for (let start = 0; goOn && start < files.length; start += FILES_PER_STEP) {
      const page = files.slice(start, start + FILES_PER_STEP);
      goOn = await step(id, async (tx, rule, now, wake) => {
        const choice = await readChoice(tx, await rseDirectory(lake), rule);
        const placed = await placeFiles(tx, rule, choice, await stillThere(tx, parent, page), [parent], now);
        if (placed.queued > 0) for (const channel of REQUEST_CHANNELS) wake.add(channel);
        for (const channel of (await countLocks(tx, [deltaOf(rule, choice, placed)], now)).wake)
          wake.add(channel);
      });
    }
    for (
      let after: readonly number[] | undefined = collections.length ? [0, 0] : undefined;
      goOn && after;
    ) {
      const from: readonly number[] = after;
      goOn = await step(id, async (tx, rule, now, wake) => {
        const choice = await readChoice(tx, await rseDirectory(lake), rule);
        const roots = await stillThere(
          tx,
          parent,
          collections.map((child) => ({ id: child, bytes: 0, dataset_id: null })),
        );
        const { placed, next } = await layOutRule(
          tx,
          rule,
          choice,
          from,
          now,
          roots.map((root) => root.id),
        );
        after = next;
        if (placed.queued > 0) for (const channel of REQUEST_CHANNELS) wake.add(channel);
        for (const channel of (await countLocks(tx, [deltaOf(rule, choice, placed)], now)).wake)
          wake.add(channel);
      });
    }
  }
};
