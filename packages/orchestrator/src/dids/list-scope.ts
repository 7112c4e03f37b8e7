import type { Queryable } from '@leman/foundation';
import { findDid } from './find-dids.ts';

const PAGE = 1000;
const typeNames: Readonly<Record<string, string>> = { F: 'FILE', D: 'DATASET', C: 'CONTAINER' };

interface Row {
  scope: string;
  name: string;
  did_type: string;
  parent_scope: string | null;
  parent_name: string | null;
  level: number;
  bytes?: number | null;
}

const wire = ({ scope, name, did_type, parent_scope, parent_name, level, bytes }: Row) => ({
  scope,
  name,
  type: typeNames[did_type],
  parent: parent_scope === null ? null : { scope: parent_scope, name: parent_name },
  level,
  ...(level === 0 ? { bytes: did_type === 'F' ? bytes : null } : {}),
});

/** What lies below DIDs, depth first and by name. */
const below = (sql: Queryable, ids: readonly number[], deep: boolean) =>
  sql<(Row & { root: number })[]>`
    with recursive tree (root, id, level, parent_id, path) as (
      select d.id, d.id, 0, null::bigint, array[d.name] from dids d where d.id = any(${ids as number[]}::bigint[])
      union all
      select tree.root, child.id, tree.level + 1, tree.id, tree.path || child.name
      from tree join contents c on c.parent_id = tree.id join dids child on child.id = c.child_id
      where ${deep}::boolean or tree.level = 0
    )
    select tree.root, d.scope, d.name, d.did_type, p.scope as parent_scope, p.name as parent_name, tree.level
    from tree join dids d on d.id = tree.id join dids p on p.id = tree.parent_id
    where tree.level > 0 order by tree.path`;

/**
 * The DIDs of a scope that lie in no other DID of it, with what is below them when `recursive`; or what is in one DID
 * (directly, or below when `recursive`).
 * @throws DataIdentifierNotFound 404
 */
export async function* listScope(
  sql: Queryable,
  scope: string,
  name: string | undefined,
  recursive: boolean,
): AsyncGenerator<unknown, void, undefined> {
  if (name !== undefined) {
    const did = await findDid(sql, scope, name);
    const rows = below(sql, [did.id], recursive).cursor(PAGE) as unknown as AsyncIterable<Row[]>;
    for await (const page of rows) for (const row of page) yield wire(row);
    return;
  }
  for (let after = ''; ; ) {
    const tops = await sql<(Row & { id: number })[]>`
      select d.id, d.scope, d.name, d.did_type, d.bytes, null as parent_scope, null as parent_name, 0 as level from dids d
      where d.scope = ${scope} and d.name > ${after} and not exists (
        select from contents c join dids p on p.id = c.parent_id where c.child_id = d.id and p.scope = d.scope)
      order by d.scope, d.name limit ${PAGE}`;
    const roots = recursive ? tops.filter((top) => top.did_type !== 'F').map((top) => top.id) : [];
    const children = Map.groupBy(roots.length > 0 ? await below(sql, roots, true) : [], (row) => row.root);
    for (const top of tops) {
      yield wire(top);
      for (const row of children.get(top.id) ?? []) yield wire(row);
    }
    if (tops.length < PAGE) return;
    after = tops.at(-1)!.name;
  }
}

/** Up to 1000 DIDs that nobody has looked at yet (subscriptions). */
export const listNewDids = async (sql: Queryable, type: string | undefined) =>
  (
    await sql<{ scope: string; name: string; did_type: string }[]>`
      select scope, name, did_type from dids where is_new and (${type ?? null}::text is null or did_type = ${type ?? null})
      order by id limit 1000`
  ).map(({ did_type, ...row }) => ({ ...row, did_type: typeNames[did_type] }));
