import type { Transaction } from '@leman/foundation';
import type { LockDelta } from '../locks/count-locks.ts';
import type { Placed } from '../locks/place-locks.ts';
import { nextFiles } from './next-files.ts';
import { placeFiles } from './place-files.ts';
import type { RuleChoice } from './read-choice.ts';
import type { RuleRow } from './rule-row.ts';

/** Files of one step: bounds the time that locks are held and the memory. */
export const FILES_PER_STEP = 10_000;

export interface LaidOut {
  placed: Placed;
  /** Where to go on; undefined when everything has its locks. */
  next: readonly number[] | undefined;
}

/**
 * One step of laying out a rule: the next page of files below `roots` gets its locks. Idempotent: a page that was
 * placed before is left as it is. The caller counts the result (countLocks) in the same transaction.
 *
 * @param roots collections below which files are placed; by default the rule's DID
 */
export const layOutRule = async (
  tx: Transaction,
  rule: RuleRow,
  choice: RuleChoice,
  after: readonly number[],
  now: Date,
  roots: readonly number[] = [rule.did_id],
): Promise<LaidOut> => {
  if (rule.did_type === 'F') {
    const files = await tx<{ id: number; bytes: number }[]>`
      select id, coalesce(bytes, 0)::bigint as bytes from dids where id = ${rule.did_id}`;
    const alone = files.map((file) => ({ ...file, dataset_id: null }));
    return { placed: await placeFiles(tx, rule, choice, alone, [], now), next: undefined };
  }
  const page = await nextFiles(tx, roots, after, FILES_PER_STEP);
  return { placed: await placeFiles(tx, rule, choice, page.files, page.datasets, now), next: page.next };
};

/** What a step adds to the counts of the rule, with the reason of locks that are stuck from the start. */
export const deltaOf = (rule: RuleRow, choice: RuleChoice, { ok, replicating, stuck }: Placed): LockDelta => {
  const names = choice.rses.filter((rse) => choice.closed.has(rse.id)).map((rse) => rse.rse);
  const why =
    stuck > 0 ? { reason: 'DESTINATION_CLOSED', facts: { destination: names.slice(0, 5).join(', ') } } : {};
  return { rule_id: rule.id, ok, replicating, stuck, ...why };
};
