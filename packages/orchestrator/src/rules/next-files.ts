import type { Queryable } from '@leman/foundation';

export interface FileToPlace {
  id: number;
  bytes: number;
  /** The dataset it lies in; null when the rule is on the file itself. */
  dataset_id: number | null;
}

export interface FilePage {
  files: FileToPlace[];
  /** Datasets the page goes through, the empty ones too. */
  datasets: number[];
  /** Where the next page begins: after [dataset, file]; undefined at the end. */
  next: [number, number] | undefined;
}

const DATASETS = 500;

/**
 * A page of the files below collections, in the order of (dataset, file), by key: the same work wherever the page
 * lies. A file that lies in several datasets comes once for each.
 *
 * @param roots datasets and containers
 */
export const nextFiles = async (
  tx: Queryable,
  roots: readonly number[],
  after: readonly number[],
  limit: number,
): Promise<FilePage> => {
  const [dataset, file] = after as [number, number];
  const rows = await tx<{ id: number }[]>`
    with recursive tree (id, did_type) as (
      select id, did_type from dids where id = any(${roots as number[]}::bigint[])
      union
      select child.id, child.did_type
      from tree join contents on contents.parent_id = tree.id join dids child on child.id = contents.child_id
      where tree.did_type = 'C'
    )
    select id from tree where did_type = 'D' and id >= ${dataset} order by id limit ${DATASETS}`;
  const datasets = rows.map((row) => row.id);
  const files = [
    ...(await tx<FileToPlace[]>`
    select f.id, coalesce(f.bytes, 0)::bigint as bytes, page.parent_id as dataset_id
    from (
      select d.id as parent_id, c.child_id
      from unnest(${datasets}::bigint[]) as d (id)
      cross join lateral (
        select child_id from contents
        where parent_id = d.id and child_id > case when d.id = ${dataset} then ${file}::bigint else 0 end
        order by child_id limit ${limit}
      ) c
      limit ${limit}
    ) page
    -- one by one: before the table was analyzed, the planner would read all DIDs to join them with a page
    cross join lateral (select id, bytes from dids where id = page.child_id limit 1) f
    order by page.parent_id, f.id`),
  ];
  const lastFile = files.at(-1);
  if (files.length === limit && lastFile) {
    const last = lastFile.dataset_id!;
    return { files, datasets: datasets.filter((id) => id <= last), next: [last, lastFile.id] };
  }
  const next: [number, number] | undefined =
    datasets.length === DATASETS ? [datasets.at(-1)! + 1, 0] : undefined;
  return { files, datasets, next };
};
