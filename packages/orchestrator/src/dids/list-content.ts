import type { Queryable } from '@leman/foundation';
import { findDid } from './find-dids.ts';

const PAGE = 2000;
const typeNames: Readonly<Record<string, string>> = { F: 'FILE', D: 'DATASET', C: 'CONTAINER' };
const text = (value: string | null) => (value === null ? 'null' : JSON.stringify(value));

interface Child {
  id: number;
  scope: string;
  name: string;
  did_type: string;
  bytes: number | null;
  adler32: string | null;
  md5: string | null;
}

/**
 * What is directly in a collection, as lines of JSON text (several per item). Page by page: no connection is held
 * while the client reads.
 * @throws DataIdentifierNotFound 404
 */
export async function* listContent(
  sql: Queryable,
  scope: string,
  name: string,
): AsyncGenerator<string, void, undefined> {
  const parent = await findDid(sql, scope, name);
  for (let after = 0; ; ) {
    const children = await sql<Child[]>`
      select d.id, d.scope, d.name, d.did_type, d.bytes, d.adler32, d.md5
      from contents c join dids d on d.id = c.child_id
      where c.parent_id = ${parent.id} and c.child_id > ${after}
      order by c.child_id limit ${PAGE}`;
    if (children.length > 0) {
      yield children
        .map(
          (child) =>
            `{"scope":${JSON.stringify(child.scope)},"name":${JSON.stringify(child.name)},"type":"${typeNames[child.did_type]}","bytes":${child.did_type === 'F' ? child.bytes : null},"adler32":${text(child.adler32)},"md5":${text(child.md5)}}`,
        )
        .join('\n');
    }
    if (children.length < PAGE) return;
    after = children.at(-1)!.id;
  }
}

/** What once was in a collection and was detached or deleted. */
export const listContentHistory = async (sql: Queryable, scope: string, name: string) =>
  (
    await sql`
      select child_scope as scope, child_name as name, child_type, bytes, adler32, md5, deleted_at, created_at, deleted_at as updated_at
      from contents_history where scope = ${scope} and name = ${name} order by deleted_at, child_scope, child_name`
  ).map(({ child_type, ...row }) => ({ ...row, type: typeNames[child_type as string] }));

/** What is in an archive. */
export const listArchiveContent = async (sql: Queryable, scope: string, name: string) =>
  await sql`
    select child.scope, child.name, child.bytes, child.adler32, child.md5
    from dids archive
    join archive_contents on archive_id = archive.id
    join dids child on child.id = archive_contents.child_id
    where archive.scope = ${scope} and archive.name = ${name} order by child.id`;

/** The collections that hold a DID directly. @throws DataIdentifierNotFound 404 */
export const listParents = async (sql: Queryable, scope: string, name: string) => {
  const did = await findDid(sql, scope, name);
  const parents = await sql<Child[]>`
    select d.id, d.scope, d.name, d.did_type
    from contents c join dids d on d.id = c.parent_id where c.child_id = ${did.id} order by d.id`;
  return parents.map((parent) => ({
    scope: parent.scope,
    name: parent.name,
    type: typeNames[parent.did_type],
  }));
};

/** The datasets that hold the file with a GUID. @throws DataIdentifierNotFound when no file has it */
export const listDatasetsByGuid = async (sql: Queryable, guid: string) =>
  await sql<{ scope: string; name: string }[]>`
    select distinct d.scope, d.name
    from dids f join contents c on c.child_id = f.id join dids d on d.id = c.parent_id
    where f.guid = any(${[guid, guid.toLowerCase(), guid.toUpperCase()]}::text[]) and f.did_type = 'F'
    order by d.scope, d.name`;
