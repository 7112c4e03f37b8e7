import type { Queryable } from '@leman/foundation';
import { compileFilters } from './compile-filters.ts';
import type { Literal } from './parse-python-literal.ts';

export interface DidSearch {
  scope: string;
  filters: Literal;
  /** all, collection, dataset, container, file */
  type: string;
  limit?: number;
  long: boolean;
  recursive: boolean;
}

interface Found {
  scope: string;
  name: string;
  did_type: string;
  bytes: number | null;
  length: number | null;
}

const PAGE = 1000;
const typeNames: Readonly<Record<string, string>> = { F: 'FILE', D: 'DATASET', C: 'CONTAINER' };

const lines = (rows: readonly Found[], long: boolean): string =>
  rows
    .map((row) =>
      long ? JSON.stringify({ ...row, did_type: typeNames[row.did_type] }) : JSON.stringify(row.name),
    )
    .join('\n');

/**
 * The DIDs of a scope that fit the filters, by name, as lines of JSON text (several per item). Page by page: no
 * connection is held while the client reads. `recursive` adds what lies below the collections found, as far as it
 * fits the filters but the name.
 * @throws the errors of compileFilters
 */
export async function* searchDids(
  sql: Queryable,
  search: DidSearch,
): AsyncGenerator<string, void, undefined> {
  const { scope, filters, type, long, limit = Number.POSITIVE_INFINITY } = search;
  if (search.recursive) {
    yield* searchBelow(sql, search);
    return;
  }
  let left = limit;
  for (let after = ''; left > 0; ) {
    const size = Math.min(PAGE, left);
    const rows = await sql<Found[]>`
      select d.scope, d.name, d.did_type, d.bytes, d.length from dids d
      where d.scope = ${scope} and d.name > ${after} and not d.suppressed and ${compileFilters(sql, filters, type)}
      order by d.scope, d.name limit ${size}`;
    if (rows.length > 0) yield lines(rows, long);
    if (rows.length < size) return;
    left -= rows.length;
    after = rows.at(-1)!.name;
  }
}

async function* searchBelow(
  sql: Queryable,
  { scope, filters, type, long, limit }: DidSearch,
): AsyncGenerator<string, void, undefined> {
  const rows = sql<Found[]>`
    with recursive found as materialized (
      select d.id, d.did_type from dids d
      where d.scope = ${scope} and not d.suppressed and ${compileFilters(sql, filters, type)}
      ${limit === undefined ? sql`` : sql`order by d.name limit ${limit}`}
    ), tree (id, did_type) as (
      select id, did_type from found
      union
      select child.id, child.did_type
      from tree join contents c on c.parent_id = tree.id join dids child on child.id = c.child_id
      where tree.did_type <> 'F'
    )
    select d.scope, d.name, d.did_type, d.bytes, d.length
    from tree join dids d on d.id = tree.id
    where tree.id in (select id from found) or (not d.suppressed and ${compileFilters(sql, filters, type, { ignoreName: true })})
    order by d.scope, d.name`.cursor(PAGE) as unknown as AsyncIterable<Found[]>;
  for await (const page of rows) if (page.length > 0) yield lines(page, long);
}
