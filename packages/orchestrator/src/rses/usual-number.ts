import type { Rse } from './rse-directory.ts';

/** Attributes of an RSE: what share of its copies, 0 to 1, may be given up at once. */
export const shareAttributes: ReadonlySet<string> = new Set(['maxBadShare', 'maxDeletionShare']);

/**
 * How many of the copies at an RSE (`files`) are still a usual number to give up at once: what the attribute says, else
 * the default.
 * @returns undefined: any number is; `share` is per cent for people
 */
export const usualNumber = (
  rse: Rse,
  files: number,
  attribute: 'maxBadShare' | 'maxDeletionShare',
  byDefault?: { share: number; atLeast: number },
): { most: number; share: number } | undefined => {
  const set = rse.attributes.get(attribute);
  const limit = set === undefined ? byDefault : { share: Number(set), atLeast: 0 };
  if (!limit) return undefined;
  const { share, atLeast } = limit;
  return { most: Math.max(Math.floor(files * share), atLeast), share: Math.round(share * 100) };
};
