import { fail } from '@leman/contracts';

/** An account's global limit: what is left of it is shared by all RSEs it covers. */
export interface SharedRoom {
  rse_expression: string;
  left: number;
}

/** An RSE that a rule may use, with what it may still take. Bytes; Infinity: no limit. */
export interface Candidate {
  rse_id: string;
  rse: string;
  weight: number;
  /** What the account has left here. */
  quota: number;
  /** What the account has left in the global limits that cover this RSE. */
  shared: readonly SharedRoom[];
  /** What the storage has left (limit MaxSpaceAvailable). */
  space: number;
}

/** Candidates of one rule. Choosing takes from their room, so that a batch cannot overdraw it. */
export interface Choice {
  account: string;
  candidates: Candidate[];
}

export interface Wanted {
  copies: number;
  /** Bytes that will be locked. */
  size: number;
  /** Bytes of it that are there already, by RSE: these RSEs are preferred, most bytes first. */
  present?: ReadonlyMap<string, number>;
  /** Bytes of it that are available already, by RSE: these count before those still on their way. */
  available?: ReadonlyMap<string, number>;
  /** RSEs that are out of the question, e.g. because they hold a copy of this rule already. */
  blocked?: ReadonlySet<string>;
}

/** One of the candidates by chance, in proportion to their weights. */
const draw = (candidates: readonly Candidate[], random: () => number): Candidate => {
  const total = candidates.reduce((sum, candidate) => sum + candidate.weight, 0);
  let point = random() * total;
  for (const candidate of candidates) {
    point -= candidate.weight;
    if (point < 0) return candidate;
  }
  return candidates.at(-1)!;
};

/**
 * Chooses RSEs for a group of files that stay together: those that hold most of it, else by chance and weight.
 * Pure but for taking the size from the room of what it chose.
 *
 * @returns ids of RSEs, as many as copies were wanted
 * @throws InsufficientTargetRSEs, RSEOverQuota, InsufficientAccountLimit (409) with facts for explain
 */
export const chooseRses = (choice: Choice, wanted: Wanted, random = Math.random): string[] => {
  const { copies, size } = wanted;
  const present = wanted.present ?? new Map<string, number>();
  const available = wanted.available ?? new Map<string, number>();
  const facts = { account: choice.account, copies, bytes: size };
  let left = choice.candidates.filter((candidate) => !wanted.blocked?.has(candidate.rse_id));
  if (left.length < copies) {
    const detail = `${copies} wanted, ${left.length} possible`;
    throw fail(
      'InsufficientTargetRSEs',
      `There are not enough target RSEs to fulfil the request: ${detail}.`,
      { facts: { ...facts, detail } },
    );
  }
  left = left.filter((candidate) => candidate.space >= size - (present.get(candidate.rse_id) ?? 0));
  if (left.length < copies) {
    const detail = `${size} bytes do not fit below MaxSpaceAvailable`;
    throw fail(
      'RSEOverQuota',
      `There is insufficient space on any of the target RSEs to fulfil the operation: ${detail}.`,
      { facts: { ...facts, detail } },
    );
  }
  left = left.filter(
    (candidate) => candidate.quota > size && candidate.shared.every((room) => room.left >= size),
  );
  if (left.length < copies) {
    const detail = `${size} bytes are needed at ${copies} of ${choice.candidates
      .map((c) => c.rse)
      .slice(0, 5)
      .join(', ')}`;
    throw fail(
      'InsufficientAccountLimit',
      `There is insufficient quota on any of the target RSEs to fulfil the operation: ${detail}.`,
      { facts: { ...facts, detail } },
    );
  }
  const holders = left
    .filter((candidate) => (present.get(candidate.rse_id) ?? 0) > 0)
    .sort(
      (a, b) =>
        (available.get(b.rse_id) ?? 0) - (available.get(a.rse_id) ?? 0) ||
        present.get(b.rse_id)! - present.get(a.rse_id)!,
    );
  const chosen: string[] = [];
  while (chosen.length < copies) {
    const free = left.filter((candidate) => !chosen.includes(candidate.rse_id));
    const next = holders.shift() ?? draw(free, random);
    chosen.push(next.rse_id);
    next.quota -= size;
    next.space -= size - (present.get(next.rse_id) ?? 0);
    for (const room of next.shared) room.left -= size;
  }
  return chosen;
};
