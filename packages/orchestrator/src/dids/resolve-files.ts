import type { Queryable } from '@leman/foundation';

export interface ResolvedFile {
  id: number;
  scope: string;
  name: string;
  bytes: number;
  adler32: string | null;
  md5: string | null;
  /** The dataset the file was found in; null for a file that was asked for itself. */
  dataset_id: number | null;
}

const BATCH = 2000;

/**
 * Every file below the DIDs (files, datasets, containers of any depth), in batches through a cursor, ordered by
 * dataset and file. A file that lies in several datasets comes once for each. Constant memory; runs inside `sql`, so
 * a transaction keeps its connection busy until the iteration ends.
 */
export const resolveFiles = (
  sql: Queryable,
  didIds: readonly number[],
  batch = BATCH,
): AsyncIterable<ResolvedFile[]> =>
  sql<ResolvedFile[]>`
    with recursive tree (id, did_type) as (
      select id, did_type from dids where id = any(${didIds as number[]}::bigint[])
      union
      select child.id, child.did_type
      from tree
      join contents on contents.parent_id = tree.id
      join dids child on child.id = contents.child_id
      where tree.did_type = 'C'
    )
    select file.id, file.scope, file.name, coalesce(file.bytes, 0)::bigint as bytes, file.adler32, file.md5,
           contents.parent_id as dataset_id
    from tree
    join contents on contents.parent_id = tree.id
    join dids file on file.id = contents.child_id
    where tree.did_type = 'D'
    union all
    select file.id, file.scope, file.name, coalesce(file.bytes, 0)::bigint, file.adler32, file.md5, null
    from tree
    join dids file on file.id = tree.id
    where tree.did_type = 'F'
    order by dataset_id, id`.cursor(batch) as unknown as AsyncIterable<ResolvedFile[]>;
