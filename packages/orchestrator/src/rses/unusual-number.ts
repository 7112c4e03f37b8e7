import type { Queryable } from '@leman/foundation';
import type { Rse } from './rse-directory.ts';

/** Attributes of an RSE: what share of its copies, 0 to 1, may be given up at once. */
export const shareAttributes: ReadonlySet<string> = new Set(['maxBadShare', 'maxDeletionShare']);

/**
 * How many copies at an RSE are an unusual share of them: more than the attribute says, else more than the default.
 * @returns undefined: no number is; `files` are the copies there now, `share` is per cent for people
 */
export const unusualNumber = async (
  sql: Queryable,
  rse: Rse,
  attribute: 'maxBadShare' | 'maxDeletionShare',
  byDefault?: { share: number; atLeast: number },
): Promise<{ most: number; files: number; share: number } | undefined> => {
  const set = rse.attributes.get(attribute);
  const { share, atLeast } = set === undefined ? (byDefault ?? {}) : { share: Number(set), atLeast: 0 };
  if (share === undefined || atLeast === undefined) return undefined;
  const [row] = await sql<{ files: number }[]>`select files from rse_counters_now where rse_id = ${rse.id}`;
  const files = row?.files ?? 0;
  return { most: Math.max(Math.floor(files * share), atLeast), files, share: Math.round(share * 100) };
};
