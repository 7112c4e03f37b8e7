import { fail } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';
import { metadataColumns } from './metadata-columns.ts';

export type MetadataPlugin = 'DID_COLUMN' | 'JSON' | 'ALL';

const columnNames = Object.keys(metadataColumns);
const typeNames: Readonly<Record<string, string>> = { F: 'FILE', D: 'DATASET', C: 'CONTAINER' };
const availabilityNames: Readonly<Record<string, string>> = { A: 'AVAILABLE', L: 'LOST', D: 'DELETED' };

/** @throws UnsupportedMetadataPlugin 400 */
export const checkPlugin = (value: unknown): MetadataPlugin => {
  const plugin = typeof value === 'string' ? value.toUpperCase() : '';
  if (plugin === 'DID_COLUMN' || plugin === 'JSON' || plugin === 'ALL') return plugin;
  throw fail(
    'UnsupportedMetadataPlugin',
    `Metadata plugin "${String(value).slice(0, 60)}" is not enabled on the server. Use DID_COLUMN, JSON or ALL.`,
  );
};

type Row = Record<string, unknown> & {
  id: number;
  scope: string;
  name: string;
  did_type: string;
  availability: string;
  meta: Record<string, unknown> | null;
};

const wire = (row: Row, plugin: MetadataPlugin): Record<string, unknown> => {
  const { id: _, meta, ...columns } = row;
  if (plugin === 'JSON') return meta ?? {};
  const named = {
    ...columns,
    did_type: typeNames[row.did_type],
    availability: availabilityNames[row.availability],
  };
  return plugin === 'ALL' ? { ...named, ...meta } : named;
};

/** @throws DataIdentifierNotFound 404 */
export const getMetadata = async (sql: Queryable, scope: string, name: string, plugin: MetadataPlugin) => {
  const [row] = await sql<
    Row[]
  >`select ${sql(['id', 'meta', ...columnNames])} from dids where scope = ${scope} and name = ${name}`;
  if (!row) throw fail('DataIdentifierNotFound', `Data identifier '${scope}:${name}' not found`);
  return wire(row, plugin);
};

/** Metadata of many DIDs, in the order asked for; those that do not exist are left out. One statement. */
export const getMetadataInBulk = async (
  sql: Queryable,
  dids: readonly { scope: string; name: string }[],
  plugin: MetadataPlugin,
): Promise<Record<string, unknown>[]> => {
  const rows = await sql<Row[]>`
    select ${sql(['id', 'meta', ...columnNames].map((column) => `d.${column}`))}
    from unnest(${dids.map((did) => did.scope)}::text[], ${dids.map((did) => did.name)}::text[])
           with ordinality as asked (scope, name, position)
    join dids d on d.scope = asked.scope and d.name = asked.name
    order by asked.position`;
  return rows.map((row) =>
    plugin === 'JSON' ? { scope: row.scope, name: row.name, ...wire(row, plugin) } : wire(row, plugin),
  );
};

/**
 * Metadata of many DIDs, completed with that of their parents of any depth: what is nearer wins. Keys that are null
 * nearer count as set, as in the field.
 */
export const getInheritedMetadata = async (
  sql: Queryable,
  dids: readonly { scope: string; name: string }[],
  plugin: MetadataPlugin,
): Promise<Record<string, unknown>[]> => {
  const rows = await sql<(Row & { position: number; level: number })[]>`
    with recursive asked as materialized (
      select a.position, d.id
      from unnest(${dids.map((did) => did.scope)}::text[], ${dids.map((did) => did.name)}::text[])
             with ordinality as a (scope, name, position)
      left join dids d on d.scope = a.scope and d.name = a.name
    ), line (position, id, level) as (
      select position, id, 0 from asked where id is not null
      union
      select line.position, c.parent_id, line.level + 1 from line join contents c on c.child_id = line.id where line.level < 20
    )
    select line.position::int - 1 as position, line.level, ${sql(['id', 'meta', ...columnNames].map((column) => `d.${column}`))}
    from line join dids d on d.id = line.id order by line.position, line.level, d.id`;
  const merged: Record<string, unknown>[] = dids.map(({ scope, name }) => ({ scope, name }));
  for (const { position, level: _, ...row } of rows) {
    const own = merged[position]!;
    for (const [key, value] of Object.entries(wire(row as Row, plugin))) if (!(key in own)) own[key] = value;
  }
  return merged;
};
