import type { Queryable } from '@leman/foundation';
import { findDid } from './find-dids.ts';
import { datasetsBelow, type PagedFile, pageFiles } from './page-files.ts';

const text = (value: string | null) => (value === null ? 'null' : JSON.stringify(value));

const line = (file: PagedFile, tail: string): string =>
  `{"scope":${JSON.stringify(file.scope)},"name":${JSON.stringify(file.name)},"bytes":${file.bytes},"adler32":${text(file.adler32)},"guid":${text(file.guid?.toUpperCase() ?? null)},"events":${file.events}${tail}}`;

/** The file itself, when the DID is one. */
const fileItself = (sql: Queryable, id: number): Promise<PagedFile[]> =>
  sql<PagedFile[]>`
    select id, scope, name, bytes, adler32, md5, guid, events, lumiblocknr, 0 as dataset_id
    from dids where id = ${id}` as unknown as Promise<PagedFile[]>;

/**
 * The files at or below a DID, as lines of JSON text (several per item).
 * @throws DataIdentifierNotFound 404
 */
export async function* listFiles(
  sql: Queryable,
  scope: string,
  name: string,
  long: boolean,
): AsyncGenerator<string, void, undefined> {
  const did = await findDid(sql, scope, name);
  const tail = (file: PagedFile) => (long ? `,"lumiblocknr":${file.lumiblocknr}` : '');
  if (did.did_type === 'F') {
    for (const file of await fileItself(sql, did.id)) yield line(file, tail(file));
    return;
  }
  const datasets = did.did_type === 'D' ? [did.id] : await datasetsBelow(sql, did.id);
  for await (const files of pageFiles(sql, datasets))
    yield files.map((file) => line(file, tail(file))).join('\n');
}

/**
 * The files below several DIDs, each with the DID it was asked for as parent.
 * DIDs that do not exist give nothing, as in the field.
 */
export async function* listFilesInBulk(
  sql: Queryable,
  dids: readonly { scope: string; name: string; id: number; did_type: string }[],
): AsyncGenerator<string, void, undefined> {
  for (const did of dids) {
    const tail = `,"parent_scope":${JSON.stringify(did.scope)},"parent_name":${JSON.stringify(did.name)}`;
    if (did.did_type === 'F') {
      for (const file of await fileItself(sql, did.id)) yield line(file, tail);
      continue;
    }
    const datasets = did.did_type === 'D' ? [did.id] : await datasetsBelow(sql, did.id);
    for await (const files of pageFiles(sql, datasets))
      yield files.map((file) => line(file, tail)).join('\n');
  }
}
