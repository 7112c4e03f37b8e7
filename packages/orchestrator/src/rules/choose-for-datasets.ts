import type { Transaction } from '@leman/foundation';
import { chooseRses } from '../locks/choose-rses.ts';
import type { RuleChoice } from './read-choice.ts';
import type { RuleRow } from './rule-row.ts';

interface DatasetFacts {
  did_id: number;
  bytes: number;
  /** Bytes there already, by RSE. */
  present: Map<string, number>;
  /** Of these, the bytes that can be read now. */
  available: Map<string, number>;
}

/** Sizes (only where a limit makes them matter) and what lies where. */
const readDatasets = async (
  tx: Transaction,
  choice: RuleChoice,
  ids: readonly number[],
): Promise<DatasetFacts[]> => {
  const sizes = choice.limited
    ? await tx<{ did_id: number; bytes: number }[]>`
        select d.id as did_id, coalesce(case when not d.is_open then d.bytes end, s.bytes, 0)::bigint as bytes
        from dids d
        left join lateral (
          select sum(f.bytes) as bytes from contents c join dids f on f.id = c.child_id
          where c.parent_id = d.id and (d.is_open or d.bytes is null)
        ) s on true
        where d.id = any(${ids as number[]}::bigint[])`
    : [];
  const there = await tx<{ did_id: number; rse_id: string; bytes: number; available_bytes: number }[]>`
    select did_id, rse_id, bytes, available_bytes from collection_replicas_now
    where did_id = any(${ids as number[]}::bigint[]) and bytes > 0
      and rse_id = any(${choice.candidates.map((c) => c.rse_id)}::uuid[])`;
  const facts = new Map(
    ids.map((id): [number, DatasetFacts] => [
      id,
      { did_id: id, bytes: 0, present: new Map(), available: new Map() },
    ]),
  );
  for (const { did_id, bytes } of sizes) facts.get(did_id)!.bytes = bytes;
  for (const { did_id, rse_id, bytes, available_bytes } of there) {
    facts.get(did_id)!.present.set(rse_id, bytes);
    facts.get(did_id)!.available.set(rse_id, available_bytes);
  }
  return [...facts.values()];
};

/** All datasets below the rule's DID, for grouping ALL: together they go to the same RSEs. */
const readWhole = async (tx: Transaction, choice: RuleChoice, rule: RuleRow): Promise<DatasetFacts> => {
  const rows = await tx<{ id: number }[]>`
    with recursive tree (id, did_type) as (
      select id, did_type from dids where id = ${rule.did_id}
      union
      select child.id, child.did_type
      from tree join contents on contents.parent_id = tree.id join dids child on child.id = contents.child_id
      where tree.did_type = 'C'
    )
    select id from tree where did_type = 'D'`;
  const whole: DatasetFacts = { did_id: rule.did_id, bytes: 0, present: new Map(), available: new Map() };
  for (const dataset of await readDatasets(
    tx,
    choice,
    rows.map((row) => row.id),
  )) {
    whole.bytes += dataset.bytes;
    for (const [rse, bytes] of dataset.present) whole.present.set(rse, (whole.present.get(rse) ?? 0) + bytes);
  }
  return whole;
};

/**
 * The RSEs of each dataset under a rule of grouping ALL or DATASET: those of its dataset locks, and where these are
 * fewer than the rule's copies, newly chosen ones, which are kept as dataset locks (that is the rule's memory of the
 * choice). Three statements whatever the number of datasets.
 *
 * @throws what chooseRses throws
 */
export const chooseForDatasets = async (
  tx: Transaction,
  rule: RuleRow,
  choice: RuleChoice,
  datasets: readonly number[],
  now: Date,
): Promise<Map<number, string[]>> => {
  const chosen = new Map<number, string[]>(datasets.map((id) => [id, []]));
  if (datasets.length === 0) return chosen;
  const kept = await tx<{ did_id: number; rse_id: string }[]>`
    select did_id, rse_id from dataset_locks
    where rule_id = ${rule.id} and did_id = any(${datasets as number[]}::bigint[]) order by did_id, created_at`;
  for (const { did_id, rse_id } of kept) chosen.get(did_id)!.push(rse_id);
  const lacking = datasets.filter((id) => chosen.get(id)!.length < rule.copies);
  if (lacking.length === 0) return chosen;

  const fresh: { did_id: number; rse_id: string }[] = [];
  if (rule.grouping === 'A') {
    const brothers = await tx<{ rse_id: string }[]>`
      select distinct rse_id from dataset_locks
      where rule_id = ${rule.id} and did_id = (select min(did_id) from dataset_locks where rule_id = ${rule.id})`;
    const together = brothers.map((row) => row.rse_id);
    if (together.length < rule.copies) {
      const whole = await readWhole(tx, choice, rule);
      const copies = rule.copies - together.length;
      together.push(
        ...chooseRses(choice, {
          copies,
          size: whole.bytes,
          present: whole.present,
          available: whole.available,
          blocked: new Set(together),
        }),
      );
    }
    for (const id of lacking) {
      for (const rse_id of together)
        if (!chosen.get(id)!.includes(rse_id)) fresh.push({ did_id: id, rse_id });
    }
  } else {
    for (const { did_id, bytes, present, available } of await readDatasets(tx, choice, lacking)) {
      const own = chosen.get(did_id)!;
      const more = chooseRses(choice, {
        copies: rule.copies - own.length,
        size: bytes,
        present,
        available,
        blocked: new Set(own),
      });
      for (const rse_id of more) fresh.push({ did_id, rse_id });
    }
  }
  for (const { did_id, rse_id } of fresh) chosen.get(did_id)!.push(rse_id);
  await tx`
    insert into dataset_locks (rule_id, did_id, rse_id, state, length, bytes, created_at, updated_at)
    select ${rule.id}, d.id, f.rse_id, 'R', case when not d.is_open then d.length end, case when not d.is_open then d.bytes end,
      ${now}, ${now}
    from unnest(${fresh.map((f) => f.did_id)}::bigint[], ${fresh.map((f) => f.rse_id)}::uuid[]) as f (did_id, rse_id)
    join dids d on d.id = f.did_id
    on conflict do nothing`;
  return chosen;
};
