import type { Transaction } from '@leman/foundation';

/**
 * Holds files for the rest of the transaction, in a statement of its own before the one that works on them: its
 * snapshot must be younger than the lock.
 *
 * `content` is for what changes which collections hold the files (attach, detach), `copies` for what changes their
 * replicas. The two exclude each other, each allows itself beside others of its kind only for `content`; else the
 * counters of datasets at RSEs would miss a copy that appears while its file is attached.
 */
export const lockFiles = async (
  tx: Transaction,
  ids: readonly number[],
  purpose: 'content' | 'copies',
): Promise<void> => {
  if (ids.length === 0) return;
  await tx`
    select from dids where id = any(${ids as number[]}::bigint[]) order by id
    ${purpose === 'content' ? tx`for share` : tx`for no key update`}`;
};

/**
 * The same by name; names that do not exist are passed over.
 * @returns the numbers, in the order of the names; 0 for what does not exist
 */
export const lockFilesByName = async (
  tx: Transaction,
  dids: readonly { scope: string; name: string }[],
  purpose: 'content' | 'copies',
): Promise<number[]> => {
  if (dids.length === 0) return [];
  const [row] = await tx<{ ids: number[] }[]>`
    with asked as materialized (
      select a.position, d.id
      from unnest(${dids.map((did) => did.scope)}::text[], ${dids.map((did) => did.name)}::text[])
        with ordinality as a (scope, name, position)
      left join dids d on d.scope = a.scope and d.name = a.name
    ), held as materialized (
      select from dids where id = any(array(select id from asked)) order by id
      ${purpose === 'content' ? tx`for share` : tx`for no key update`}
    )
    select array_agg(coalesce(id, 0) order by position) as ids from asked where (select count(*) from held) >= 0`;
  return row!.ids;
};
