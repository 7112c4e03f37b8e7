import type { Transaction } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { judged } from './add-rule.ts';
import { judgeLock } from './judge-lock.ts';
import { LOCKS_PER_STEP, removeRuleLocks } from './remove-rule-locks.ts';
import { findRule } from './rule-row.ts';
import { rulesAbove } from './rules-above.ts';

/**
 * The next locks of a rule on files below the children that do not lie below the rule's DID any more. Looks upwards
 * from the files, so the work is that of what was detached and not of the whole collection.
 */
const nextStrays = (
  tx: Transaction,
  rule: { id: string; did_id: number },
  children: readonly number[],
  after: number,
) =>
  tx<{ did_id: number; rse_id: string; looked_to: number }[]>`
    with recursive below (id) as (
      select unnest(${children as number[]}::bigint[])
      union
      select contents.child_id from below join contents on contents.parent_id = below.id
    ),
    locked as materialized (
      select l.did_id, l.rse_id from below join locks l on l.rule_id = ${rule.id} and l.did_id = below.id
      where l.did_id > ${after} order by l.did_id fetch first ${LOCKS_PER_STEP} rows with ties
    ),
    above (file, id) as (
      select distinct did_id, did_id from locked
      union
      select above.file, contents.parent_id from above join contents on contents.child_id = above.id
    ),
    kept as (select distinct file from above where id = ${rule.did_id})
    select did_id, rse_id, (select max(did_id) from locked) as looked_to
    from locked where did_id not in (select file from kept)
    union all
    select null, null, max(did_id) from locked`;

/** Dataset locks of a rule on datasets among or below the children that do not lie below its DID any more. */
const removeDatasetLocks = (
  tx: Transaction,
  rule: { id: string; did_id: number },
  children: readonly number[],
) => tx`
  with recursive below (id) as (
    select unnest(${children as number[]}::bigint[])
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

/**
 * Children that were taken out of a collection lose the locks they had through it: under every rule on the collection
 * or above it, those on files that are not below the rule's DID by another way. One transaction a rule and step.
 */
export const evaluateDetach = async (
  lake: Lake,
  parent: number,
  children: readonly number[],
): Promise<void> => {
  for (const id of await rulesAbove(lake.sql, parent)) {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const from: number = after;
      const { next, wake } = await judged(lake, async (tx) => {
        const now = new Date(lake.clock.now());
        await judgeLock(tx, id, 'wait');
        const rule = await findRule(tx, id).catch(() => undefined);
        if (!rule) return { next: undefined, wake: [] };
        const rows = await nextStrays(tx, rule, children, from);
        const strays = rows.filter((row) => row.did_id !== null);
        const result = await removeRuleLocks(tx, rule, strays, now);
        const lookedTo = rows.at(-1)?.looked_to ?? undefined;
        if (lookedTo === undefined) await removeDatasetLocks(tx, rule, children);
        return { next: lookedTo, wake: result.wake };
      });
      for (const channel of wake) lake.wakeups.wake(channel);
      after = next;
    }
  }
};
