import type { Queryable } from '@leman/foundation';

export interface PagedFile {
  id: number;
  scope: string;
  name: string;
  bytes: number | null;
  adler32: string | null;
  md5: string | null;
  guid: string | null;
  events: number | null;
  lumiblocknr: number | null;
  dataset_id: number;
}

const PAGE = 2000;
const DATASETS_AT_ONCE = 500;

/** The datasets at or below a DID (its own number when it is one), in order. */
export const datasetsBelow = async (sql: Queryable, didId: number): Promise<number[]> => {
  const rows = await sql<{ id: number }[]>`
    with recursive tree (id, did_type) as (
      select id, did_type from dids where id = ${didId}
      union
      select child.id, child.did_type
      from tree
      join contents on contents.parent_id = tree.id
      join dids child on child.id = contents.child_id
      where tree.did_type = 'C'
    )
    select id from tree where did_type = 'D' order by id`;
  return rows.map((row) => row.id);
};

/**
 * The bounds are written as rows: with `parent_id =` the planner, before the table was analyzed, expects so few files
 * that it reads and sorts all of them for every page; likewise each file is looked up by itself (the limit of 1), or all
 * DIDs are read to be joined with a page. Datasets hold nothing but files.
 */
const page = (
  sql: Queryable,
  datasets: readonly number[],
  after: number,
  size: number,
): Promise<PagedFile[]> =>
  sql<PagedFile[]>`
    select file.*, dataset.id as dataset_id
    from unnest(${datasets as number[]}::bigint[]) with ordinality as dataset (id, position)
    cross join lateral (
      select child_id from contents c
      where (c.parent_id, c.child_id) > (dataset.id, case dataset.position when 1 then ${after}::bigint else 0 end)
          and (c.parent_id, c.child_id) < (dataset.id + 1, 0)
      order by c.parent_id, c.child_id limit ${size}
    ) c
    cross join lateral (
      select f.id, f.scope, f.name, f.bytes, f.adler32, f.md5, f.guid, f.events, f.lumiblocknr
      from dids f where f.id = c.child_id limit 1
    ) file
    limit ${size}` as unknown as Promise<PagedFile[]>;

/**
 * The files of datasets, page by page, for streaming to a client: between two pages no connection is held, however
 * slow the client is, and the next page is read while the current one is written. A file in several datasets comes
 * once for each.
 */
export async function* pageFiles(
  sql: Queryable,
  datasets: readonly number[],
  size = PAGE,
): AsyncGenerator<PagedFile[], void, undefined> {
  for (let start = 0; start < datasets.length; start += DATASETS_AT_ONCE) {
    let rest = datasets.slice(start, start + DATASETS_AT_ONCE);
    let next: Promise<PagedFile[]> | undefined = page(sql, rest, 0, size);
    while (next) {
      const files: PagedFile[] = await next;
      next = undefined;
      const last = files.at(-1);
      if (last && files.length === size) {
        rest = rest.slice(rest.indexOf(last.dataset_id));
        next = page(sql, rest, last.id, size);
        // An error is thrown where the page is awaited; until then it is not unhandled.
        next.catch(() => undefined);
      }
      if (last) yield files;
    }
  }
}
