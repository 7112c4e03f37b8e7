import type { Transaction } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import type { Placement } from '../locks/place-locks.ts';
import { judged } from './add-rule.ts';
import { judgeLock } from './judge-lock.ts';
import { nextFiles } from './next-files.ts';
import { LOCKS_PER_STEP, removeRuleLocks } from './remove-rule-locks.ts';
import { findRule } from './rule-row.ts';
import { rulesAbove } from './rules-above.ts';

type Ruled = { id: string; did_id: number };

/**
 * Locks of a rule on those of the files that do not lie below the rule's DID any more. Looks upwards from the files,
 * so the work is that of what was detached and not of the whole collection.
 */
const findStrays = (tx: Transaction, rule: Ruled, files: readonly number[]) => tx<Placement[]>`
  with recursive locked as materialized (
    select did_id, rse_id from locks where rule_id = ${rule.id} and did_id = any(${files as number[]}::bigint[])
  ),
  above (file, id) as (
    select distinct did_id, did_id from locked
    union
    select above.file, contents.parent_id from above join contents on contents.child_id = above.id
  )
  select did_id, rse_id from locked where did_id not in (select file from above where id = ${rule.did_id})`;

/** Dataset locks of a rule on datasets among or below the children that do not lie below its DID any more. */
const removeDatasetLocks = (tx: Transaction, rule: Ruled, children: readonly number[]) => tx`
  with recursive below (id) as (
    select id from dids where id = any(${children as number[]}::bigint[]) and did_type <> 'F'
    union
    select contents.child_id from below join contents on contents.parent_id = below.id
    join dids d on d.id = contents.child_id and d.did_type <> 'F'
  ),
  above (dataset, id) as (
    select l.did_id, l.did_id from below join dataset_locks l on l.rule_id = ${rule.id} and l.did_id = below.id
    union
    select above.dataset, contents.parent_id from above join contents on contents.child_id = above.id
  )
  delete from dataset_locks l using (
    select dataset from above group by dataset having not bool_or(id = ${rule.did_id})
  ) stray
  where l.rule_id = ${rule.id} and l.did_id = stray.dataset`;

/** Takes the rule off strays among the files; one transaction. */
const removeStrays = async (
  lake: Lake,
  id: string,
  files: readonly number[],
  last?: (tx: Transaction, rule: Ruled) => PromiseLike<unknown>,
): Promise<void> => {
  const wake = await judged(lake, async (tx) => {
    await judgeLock(tx, id, 'wait');
    const rule = await findRule(tx, id).catch(() => undefined);
    if (!rule) return [];
    const strays = await findStrays(tx, rule, files);
    await last?.(tx, rule);
    if (strays.length === 0) return [];
    return (await removeRuleLocks(tx, rule, strays, new Date(lake.clock.now()))).wake;
  });
  for (const channel of wake) lake.wakeups.wake(channel);
};

/**
 * Children that were taken out of a collection lose the locks they had through it: under every rule on the collection
 * or above it, those on files that are not below the rule's DID by another way. One transaction a rule and page.
 */
export const evaluateDetach = async (
  lake: Lake,
  parent: number,
  children: readonly number[],
): Promise<void> => {
  const rules = await rulesAbove(lake.sql, parent);
  if (rules.length === 0) return;
  const collections = (
    await lake.sql<{ id: number }[]>`
      select id from dids where id = any(${children as number[]}::bigint[]) and did_type <> 'F'`
  ).map((row) => row.id);
  for (const id of rules) {
    for (let start = 0; start < children.length; start += LOCKS_PER_STEP) {
      await removeStrays(lake, id, children.slice(start, start + LOCKS_PER_STEP));
    }
    if (collections.length === 0) continue;
    for (let after: readonly number[] | undefined = [0, 0]; after; ) {
      const from: readonly number[] = after;
      const page = await nextFiles(lake.sql, collections, from, LOCKS_PER_STEP);
      await removeStrays(
        lake,
        id,
        page.files.map((file) => file.id),
      );
      after = page.next;
    }
    await removeStrays(lake, id, [], (tx, rule) => removeDatasetLocks(tx, rule, collections));
  }
};
