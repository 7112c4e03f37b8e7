import type { DatasetReplica, Did, DidName } from '@leman/client';

/** The datasets below a container, those of its containers too; `null` when more than `most` names are met on the way. */
export const datasetsBelow = async (
  container: DidName,
  content: (did: DidName) => AsyncIterable<Pick<Did, 'scope' | 'name' | 'type'>>,
  most: number,
): Promise<DidName[] | null> => {
  const datasets = new Map<string, DidName>();
  const seen = new Set<string>();
  const left = [container];
  let met = 0;
  for (let next = left.pop(); next; next = left.pop()) {
    if (seen.has(`${next.scope}:${next.name}`)) continue;
    seen.add(`${next.scope}:${next.name}`);
    for await (const { scope, name, type } of content(next)) {
      met += 1;
      if (met > most) return null;
      if (type === 'CONTAINER') left.push({ scope, name });
      else datasets.set(`${scope}:${name}`, { scope, name });
    }
  }
  return [...datasets.values()];
};

/** The copies of many datasets as those of one, by storage. `length` and `bytes` are those of the whole. */
export const sumCopies = async (
  whole: Did,
  copies: AsyncIterable<DatasetReplica>,
): Promise<DatasetReplica[]> => {
  const sums = new Map<string, DatasetReplica>();
  const [length, bytes] = [whole.length ?? 0, whole.bytes ?? 0];
  for await (const copy of copies) {
    const sum = sums.get(copy.rse) ?? { ...copy, length, bytes, available_length: 0, available_bytes: 0 };
    const available_length = sum.available_length + copy.available_length;
    const later = (copy.updated_at ? Date.parse(copy.updated_at) : 0) > Date.parse(sum.updated_at ?? '');
    sums.set(copy.rse, {
      ...sum,
      ...(later ? { updated_at: copy.updated_at } : {}),
      available_length,
      available_bytes: sum.available_bytes + copy.available_bytes,
      state: available_length >= length ? 'AVAILABLE' : 'UNAVAILABLE',
    });
  }
  return [...sums.values()];
};
