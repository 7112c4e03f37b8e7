import { fail } from '@leman/contracts';
import { checkList, checkNames, shown } from '../dids/check-input.ts';
import type { Lake } from '../lake.ts';
import { pfnsToDids } from '../replicas/pfns-to-dids.ts';
import { findRse } from '../rses/find-rse.ts';
import { type Rse, type RseDirectory, rseDirectory } from '../rses/rse-directory.ts';
import type { Declared } from './declare-replicas.ts';

export interface NamedReplicas {
  replicas: Declared[];
  /** By RSE name (or `unknown`), what cannot be a copy, and why. */
  refused: Record<string, string[]>;
}

const MAX_ITEMS = 10_000;

const rseOf = (directory: RseDirectory, item: Record<string, unknown>): Rse => {
  if (typeof item.rse === 'string') return findRse(directory, item.rse);
  const byId =
    typeof item.rse_id === 'string' ? directory.byId.get(item.rse_id.replaceAll('-', '')) : undefined;
  if (byId) return byId;
  if (typeof item.rse_id === 'string')
    throw fail('RSENotFound', `There is no RSE with the id ${shown(item.rse_id)}.`);
  throw fail('KeyError', "'rse' not defined");
};

/** The copies that PFNs name. */
export const replicasOfPfns = async (lake: Lake, pfns: readonly string[]): Promise<NamedReplicas> => {
  const directory = await rseDirectory(lake);
  const found = Map.groupBy(await pfnsToDids(lake.sql, directory, pfns), (entry) => entry.pfn);
  const result: NamedReplicas = { replicas: [], refused: {} };
  for (const pfn of new Set(pfns)) {
    const places = found.get(pfn) ?? [];
    const known = places.find((place) => place.replica);
    if (known?.replica) {
      result.replicas.push({
        rse: known.rse,
        scope: known.replica.scope,
        name: known.replica.name,
        shown: pfn,
      });
      continue;
    }
    const where = places[0]?.rse.rse ?? 'unknown';
    result.refused[where] ??= [];
    result.refused[where]!.push(`${pfn} Unknown replica`);
  }
  return result;
};

/** The PFNs of a body. @throws InvalidObject 400 */
export const checkPfns = (value: unknown): string[] =>
  checkList(value ?? [], 'pfns', { min: 0, max: MAX_ITEMS }).map((pfn) => {
    if (typeof pfn !== 'string' || pfn.length > 2048)
      throw fail('InvalidObject', `The PFN ${shown(pfn)} must be a URL.`);
    return pfn;
  });

/**
 * The copies that a body names: all PFNs, or all dictionaries with scope, name and rse (or rse_id).
 * @throws InvalidObject 400, RSENotFound 404
 */
export const nameReplicas = async (lake: Lake, value: unknown): Promise<NamedReplicas> => {
  const list = checkList(value, 'replicas', { min: 0, max: MAX_ITEMS });
  if (list.every((item) => typeof item === 'string')) return replicasOfPfns(lake, checkPfns(list));
  if (list.some((item) => typeof item === 'string')) {
    throw fail('InvalidObject', 'Replicas must be specified either as a list of string or a list of dicts.');
  }
  const directory = await rseDirectory(lake);
  const replicas = checkNames(list, { max: MAX_ITEMS }).map((did, position) => ({
    ...did,
    rse: rseOf(directory, list[position] as Record<string, unknown>),
    shown: `${did.scope}:${did.name}`,
  }));
  return { replicas, refused: {} };
};

/** Adds lists of refusals. */
export const mergeRefused = (...all: Record<string, string[]>[]): Record<string, string[]> => {
  const merged: Record<string, string[]> = {};
  for (const refused of all)
    for (const [rse, list] of Object.entries(refused)) merged[rse] = [...(merged[rse] ?? []), ...list];
  return merged;
};
