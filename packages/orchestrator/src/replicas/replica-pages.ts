import type { Queryable } from '@leman/foundation';

/** One replica of a file, or a file without any (rse_id null). */
export interface ReplicaRow {
  id: number;
  scope: string;
  name: string;
  bytes: number | null;
  adler32: string | null;
  md5: string | null;
  constituent: boolean | null;
  dataset_id: number;
  rse_id: string | null;
  state: string | null;
  path: string | null;
}

export interface ReplicaFilter {
  /** Letters of the states to list; all when undefined. */
  states: readonly string[] | undefined;
  /** RSEs to list. */
  rseIds: readonly string[];
  updatedAfter: Date | undefined;
}

const PAGE = 2000;
const DATASETS_AT_ONCE = 500;

const matching = (sql: Queryable, { states, rseIds, updatedAfter }: ReplicaFilter) => sql`
  r.rse_id = any(${rseIds as string[]}::text[]::uuid[])
  ${states ? sql`and r.state = any(${states as string[]}::text[])` : sql``}
  ${updatedAfter ? sql`and r.updated_at >= ${updatedAfter}` : sql``}`;

/** The replicas of files, by file. Files without replicas come once with rse_id null. */
export const replicasOfFiles = (sql: Queryable, ids: readonly number[], filter: ReplicaFilter) =>
  sql<ReplicaRow[]>`
    select f.id, f.scope, f.name, f.bytes, f.adler32, f.md5, f.constituent, 0 as dataset_id, r.rse_id, r.state, r.path
    from unnest(${ids as number[]}::bigint[]) with ordinality as asked (id, position)
    join dids f on f.id = asked.id
    left join replicas r on r.did_id = f.id and ${matching(sql, filter)}
    order by asked.position, r.rse_id`;

/** Where the archives that hold files are: scope and name are the archive's. */
export const replicasOfArchives = (sql: Queryable, ids: readonly number[], filter: ReplicaFilter) =>
  sql<
    { child_id: number; scope: string; name: string; rse_id: string; state: string; path: string | null }[]
  >`
    select c.child_id, a.scope, a.name, r.rse_id, r.state, r.path
    from archive_contents c join dids a on a.id = c.archive_id
    join replicas r on r.did_id = a.id and ${matching(sql, filter)}
    where c.child_id = any(${ids as number[]}::bigint[]) order by c.child_id, a.id, r.rse_id`;

/** All collections above files, as scope:name. */
export const parentsOfFiles = async (
  sql: Queryable,
  ids: readonly number[],
): Promise<Map<number, string[]>> => {
  const rows = await sql<{ file_id: number; parents: string[] }[]>`
    with recursive above (file_id, id) as (
      select child_id, parent_id from contents where child_id = any(${ids as number[]}::bigint[])
      union
      select above.file_id, c.parent_id from above join contents c on c.child_id = above.id
    )
    select above.file_id, array_agg(d.scope || ':' || d.name order by d.id) as parents
    from above join dids d on d.id = above.id group by above.file_id`;
  return new Map(rows.map((row) => [row.file_id, row.parents]));
};

interface PageRequest {
  datasets: readonly number[];
  after: number;
  /** Files listed in their own right: not again. */
  except: readonly number[];
  /** All datasets of the listing, when there are several: a file comes with the first that holds it. */
  among: readonly number[] | undefined;
}

const page = (sql: Queryable, { datasets, after, except, among }: PageRequest, filter: ReplicaFilter) =>
  sql<ReplicaRow[]>`
    select file.*, r.rse_id, r.state, r.path
    from (
      select f.*, dataset.id as dataset_id, dataset.position
      from unnest(${datasets as number[]}::bigint[]) with ordinality as dataset (id, position)
      cross join lateral (
        select c.child_id from contents c
        where (c.parent_id, c.child_id) > (dataset.id, case dataset.position when 1 then ${after}::bigint else 0 end)
          and (c.parent_id, c.child_id) < (dataset.id + 1, 0)
          ${except.length > 0 ? sql`and c.child_id <> all(${except as number[]}::bigint[])` : sql``}
          ${
            among
              ? sql`and not exists (select from contents o where o.child_id = c.child_id and o.parent_id < dataset.id
                                     and o.parent_id = any(${among as number[]}::bigint[]))`
              : sql``
          }
        order by c.parent_id, c.child_id limit ${PAGE}
      ) c
      -- one by one: before the table was analyzed, the planner would read all DIDs to join them with a page
      cross join lateral (
        select f.id, f.scope, f.name, f.bytes, f.adler32, f.md5, f.constituent
        from dids f where f.id = c.child_id limit 1
      ) f
      limit ${PAGE}
    ) file
    left join lateral (
      select r.rse_id, r.state, r.path from replicas r where r.did_id = file.id and ${matching(sql, filter)} offset 0
    ) r on true
    order by file.position, file.id, r.rse_id` as unknown as Promise<(ReplicaRow & { position: number })[]>;

const countFiles = (rows: readonly ReplicaRow[]): number => {
  let files = 0;
  let last = -1;
  for (const row of rows) {
    if (row.id !== last) files += 1;
    last = row.id;
  }
  return files;
};

/**
 * The replicas of the files of datasets, page by page; a page holds whole files. Between two pages no connection is
 * held, and the next page is read while the current one is worked on. Every file comes once.
 */
export async function* pageReplicas(
  sql: Queryable,
  datasets: readonly number[],
  except: readonly number[],
  filter: ReplicaFilter,
): AsyncGenerator<ReplicaRow[], void, undefined> {
  const among = datasets.length > 1 ? datasets : undefined;
  for (let start = 0; start < datasets.length; start += DATASETS_AT_ONCE) {
    let rest = datasets.slice(start, start + DATASETS_AT_ONCE);
    let next: Promise<ReplicaRow[]> | undefined = page(
      sql,
      { datasets: rest, after: 0, except, among },
      filter,
    );
    while (next) {
      const rows: ReplicaRow[] = await next;
      next = undefined;
      const last = rows.at(-1);
      if (last && countFiles(rows) === PAGE) {
        rest = rest.slice(rest.indexOf(last.dataset_id));
        next = page(sql, { datasets: rest, after: last.id, except, among }, filter);
        // An error is thrown where the page is awaited; until then it is not unhandled.
        next.catch(() => undefined);
      }
      if (last) yield rows;
    }
  }
}
