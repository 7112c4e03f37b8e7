import type { Transaction } from '@leman/foundation';
import { chooseRses } from '../locks/choose-rses.ts';
import { type Placed, type Placement, placeLocks } from '../locks/place-locks.ts';
import { chooseForDatasets } from './choose-for-datasets.ts';
import type { FileToPlace } from './next-files.ts';
import type { RuleChoice } from './read-choice.ts';
import type { RuleRow } from './rule-row.ts';

/** Where files are locked by the rule already. */
const readLocked = async (
  tx: Transaction,
  rule: RuleRow,
  files: readonly FileToPlace[],
): Promise<Map<number, Set<string>>> => {
  const rows = await tx<Placement[]>`
    select did_id, rse_id from locks
    where rule_id = ${rule.id} and did_id = any(${files.map((file) => file.id)}::bigint[])`;
  const locked = new Map<number, Set<string>>();
  for (const { did_id, rse_id } of rows) locked.set(did_id, (locked.get(did_id) ?? new Set()).add(rse_id));
  return locked;
};

/** Files chosen one by one: each goes where it lies already, else by chance. */
const chooseForFiles = async (
  tx: Transaction,
  rule: RuleRow,
  choice: RuleChoice,
  files: readonly FileToPlace[],
): Promise<Placement[]> => {
  const sizes = new Map(files.map((file) => [file.id, file.bytes]));
  const ids = [...sizes.keys()];
  const there = await tx<{ did_id: number; rse_id: string; state: string }[]>`
    select did_id, rse_id, state from replicas
    where did_id = any(${ids}::bigint[]) and rse_id = any(${choice.candidates.map((c) => c.rse_id)}::uuid[])
      and state in ('A', 'C', 'T', 'B')`;
  const taken = await readLocked(tx, rule, files);
  const leaving = new Map<number, Set<string>>();
  const present = new Map<number, Map<string, number>>();
  const available = new Map<number, Map<string, number>>();
  const of = <V>(map: Map<number, V>, id: number, empty: () => V): V => {
    const value = map.get(id) ?? empty();
    map.set(id, value);
    return value;
  };
  for (const { did_id, rse_id, state } of there) {
    if (state === 'B') of(leaving, did_id, () => new Set()).add(rse_id);
    else {
      of(present, did_id, () => new Map()).set(rse_id, sizes.get(did_id)!);
      if (state !== 'C') of(available, did_id, () => new Map()).set(rse_id, sizes.get(did_id)!);
    }
  }
  const placements: Placement[] = [];
  for (const [id, size] of sizes) {
    const own = taken.get(id) ?? new Set();
    const copies = rule.copies - own.size;
    if (copies <= 0) continue;
    // where the copy is being deleted only if there is no other way
    const possible = choice.candidates.filter(
      (c) => !own.has(c.rse_id) && !leaving.get(id)?.has(c.rse_id),
    ).length;
    const blocked = possible < copies ? own : new Set([...own, ...(leaving.get(id) ?? [])]);
    for (const rse_id of chooseRses(choice, {
      copies,
      size,
      present: present.get(id) ?? new Map(),
      available: available.get(id) ?? new Map(),
      blocked,
    })) {
      placements.push({ did_id: id, rse_id });
    }
  }
  return placements;
};

/**
 * Gives files their locks under a rule, following its grouping. Files that have theirs are left alone.
 *
 * @param datasets the datasets these files lie in, and empty ones that should be remembered too
 * @throws what chooseRses throws; nothing is placed then
 */
export const placeFiles = async (
  tx: Transaction,
  rule: RuleRow,
  choice: RuleChoice,
  files: readonly FileToPlace[],
  datasets: readonly number[],
  now: Date,
): Promise<Placed> => {
  const together = rule.grouping !== 'N';
  const chosen = together
    ? await chooseForDatasets(tx, rule, choice, datasets, now)
    : new Map<number, string[]>();
  const alone = files.filter((file) => !together || file.dataset_id === null);
  const placements = alone.length > 0 ? await chooseForFiles(tx, rule, choice, alone) : [];
  const inDatasets = together ? files.filter((file) => file.dataset_id !== null) : [];
  const locked = await readLocked(tx, rule, inDatasets);
  for (const { id, dataset_id } of inDatasets) {
    // a file that lies in several datasets gets its copies through the first one
    const own = locked.get(id) ?? new Set();
    locked.set(id, own);
    for (const rse_id of chosen.get(dataset_id!) ?? []) {
      if (own.size >= rule.copies || own.has(rse_id)) continue;
      own.add(rse_id);
      placements.push({ did_id: id, rse_id });
    }
  }
  return placeLocks(tx, rule, placements, { now, closed: choice.closed });
};
