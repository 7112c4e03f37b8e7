import { fail } from '@leman/contracts';
import { type Queryable, wireDate } from '@leman/foundation';
import type { Did } from './find-dids.ts';

export type DynamicDepth = 'FILE' | 'DATASET';

type Row = Omit<Did, 'id' | 'scope' | 'name' | 'is_archive'>;

const typeNames = { F: 'FILE', D: 'DATASET', C: 'CONTAINER' } as const;

/**
 * Files and bytes of a collection now: counted file by file, or (DATASET) from the frozen sums of its datasets.
 */
export const measureCollection = async (
  sql: Queryable,
  scope: string,
  name: string,
  depth: DynamicDepth,
): Promise<{ length: number; bytes: number; events: number }> => {
  const [sum] = await sql<{ length: number; bytes: number; events: number }[]>`
    with recursive tree (id, did_type, length, bytes, events) as (
      select id, did_type, length, bytes, events from dids where scope = ${scope} and name = ${name}
      union
      select child.id, child.did_type, child.length, child.bytes, child.events
      from tree
      join contents on contents.parent_id = tree.id
      join dids child on child.id = contents.child_id
      where tree.did_type = 'C'
    )
    ${
      depth === 'DATASET'
        ? sql`select coalesce(sum(length), 0)::bigint as length, coalesce(sum(bytes), 0)::bigint as bytes,
                     coalesce(sum(events), 0)::bigint as events
              from tree where did_type = 'D'`
        : sql`select count(*)::bigint as length, coalesce(sum(file.bytes), 0)::bigint as bytes,
                     coalesce(sum(file.events), 0)::bigint as events
              from tree
              join contents on contents.parent_id = tree.id and tree.did_type = 'D'
              join dids file on file.id = contents.child_id`
    }`;
  return sum!;
};

/**
 * One DID as the field shows it, as JSON text: this is the most asked question, so the text is made by hand.
 * @throws DataIdentifierNotFound 404
 */
export const getDid = async (
  sql: Queryable,
  scope: string,
  name: string,
  depth?: DynamicDepth,
): Promise<string> => {
  const [did] = await sql<Row[]>`
    select did_type, account, bytes, length, adler32, md5, is_open, monotonic, expired_at
    from dids where scope = ${scope} and name = ${name}`;
  if (!did) throw fail('DataIdentifierNotFound', `Data identifier '${scope}:${name}' not found`);
  const head = `{"scope":${JSON.stringify(scope)},"name":${JSON.stringify(name)},"type":"${typeNames[did.did_type]}","account":${JSON.stringify(did.account)}`;
  if (did.did_type === 'F') {
    return `${head},"bytes":${did.bytes},"length":1,"md5":${JSON.stringify(did.md5)},"adler32":${JSON.stringify(did.adler32)}}`;
  }
  const measurable = depth === 'FILE' || (depth === 'DATASET' && did.did_type === 'C');
  const { length, bytes } = measurable ? await measureCollection(sql, scope, name, depth) : did;
  const expires = did.expired_at ? `"${wireDate(did.expired_at)}"` : 'null';
  return `${head},"open":${did.is_open},"monotonic":${did.monotonic},"expired_at":${expires},"length":${length},"bytes":${bytes}}`;
};
