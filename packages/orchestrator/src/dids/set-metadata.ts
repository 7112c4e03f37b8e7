import { fail } from '@leman/contracts';
import { parseWireDate, type Queryable } from '@leman/foundation';
import { shown } from './check-input.ts';
import { reservedKeys, settableColumns } from './metadata-columns.ts';

const MAX_KEY = 255;
const MAX_JSON = 256 * 1024;
/** Only files have these. */
const fileKeys = new Set(['guid', 'events']);

export interface MetadataChange {
  didId: number;
  didType: string;
  meta: Readonly<Record<string, unknown>>;
}

/** Text as SQL casts it to the type of a column; null clears. @throws InvalidValueForKey 400 */
const columnText = (key: string, value: unknown): string | null => {
  if (value === null) return null;
  const bad = (wanted: string) =>
    fail('InvalidValueForKey', `The value ${shown(value)} for the key ${key} must be ${wanted}.`);
  switch (settableColumns[key]) {
    case 'bigint': {
      const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
      if (!Number.isSafeInteger(number)) throw bad('a whole number');
      return String(number);
    }
    case 'boolean':
      if (typeof value === 'boolean') return String(value);
      if (value === 0 || value === 1) return String(value === 1);
      if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase();
      throw bad('true or false');
    case 'timestamptz': {
      const date = parseWireDate(value);
      if (!date) throw bad('a date like 2026-11-20');
      return date.toISOString();
    }
    default:
      if (typeof value === 'string' && value.length <= 4000 && !value.includes('\0')) return value;
      if (typeof value === 'number' || typeof value === 'boolean') return String(value);
      throw bad('text');
  }
};

interface Prepared {
  didId: number;
  /** Column to text or null. */
  columns: Record<string, string | null>;
  json: Record<string, unknown>;
}

const prepare = ({ didId, didType, meta }: MetadataChange, now: Date): Prepared => {
  const prepared: Prepared = { didId, columns: {}, json: {} };
  for (const [key, value] of Object.entries(meta)) {
    if (key.includes('.')) {
      throw fail(
        'InvalidMetadata',
        `Restricted character "." found in metadata key ${shown(key)}: it separates key and comparison in searches.`,
      );
    }
    if (key === '' || key.length > MAX_KEY || key.includes('\0'))
      throw fail('InvalidMetadata', `The metadata key ${shown(key)} must have 1 to ${MAX_KEY} characters.`);
    if (reservedKeys.has(key))
      throw fail('InvalidMetadata', `The key ${key} is kept by the catalogue and cannot be set as metadata.`);
    if (key === 'lifetime') {
      const seconds = value === null ? null : Number(value);
      if (
        seconds !== null &&
        (typeof value === 'boolean' || value === '' || !Number.isFinite(seconds) || Math.abs(seconds) > 1e10)
      ) {
        throw fail(
          'InvalidValueForKey',
          `The lifetime ${shown(value)} must be a number of seconds, or null for none.`,
        );
      }
      prepared.columns.expired_at =
        seconds === null ? null : new Date(now.getTime() + seconds * 1000).toISOString();
    } else if (Object.hasOwn(settableColumns, key)) {
      if (fileKeys.has(key) && didType !== 'F') {
        throw fail('UnsupportedOperation', `${key} cannot be updated: only files have one.`);
      }
      prepared.columns[key] = columnText(key, value);
    } else {
      prepared.json[key] = value;
    }
  }
  if (JSON.stringify(prepared.json).length > MAX_JSON)
    throw fail('InvalidMetadata', `The metadata is too large: at most ${MAX_JSON} bytes per DID.`);
  return prepared;
};

/** Whether metadata, as setMetadata takes it, ends the life of a DID now: the undertaker has work. */
export const endsAtOnce = ({ lifetime }: Readonly<Record<string, unknown>>): boolean =>
  lifetime !== undefined && lifetime !== null && Number(lifetime) <= 0;

/** Conventions on keys: a pattern that values must match. @throws InvalidValueForKey 400 */
const checkConventions = async (sql: Queryable, changes: readonly MetadataChange[]): Promise<void> => {
  const keys = [...new Set(changes.flatMap((change) => Object.keys(change.meta)))];
  const patterns = await sql<{ key: string; value_regexp: string }[]>`
    select key, value_regexp from did_keys where key = any(${keys}::text[]) and coalesce(value_regexp, '') <> ''`;
  for (const { key, value_regexp } of patterns) {
    let pattern: RegExp;
    try {
      pattern = new RegExp(`^(?:${value_regexp})`);
    } catch {
      continue;
    }
    for (const { meta } of changes) {
      const value = meta[key];
      if (typeof value === 'string' && !pattern.test(value)) {
        throw fail(
          'InvalidValueForKey',
          `The value ${shown(value)} for the key ${key} does not match the convention ${value_regexp}.`,
        );
      }
    }
  }
};

/**
 * Sets metadata of many DIDs: columns where there is one, else the JSON document. One statement for the columns in
 * use and the documents, whatever the number of DIDs. `recursive` also sets what lies below (but for guid and events).
 * @throws InvalidMetadata 400, InvalidValueForKey 400, UnsupportedOperation 409
 */
export const setMetadata = async (
  sql: Queryable,
  changes: readonly MetadataChange[],
  options: { now: Date; recursive?: boolean },
): Promise<void> => {
  const prepared = changes.map((change) => prepare(change, options.now));
  if (prepared.length === 0) return;
  await checkConventions(sql, changes);
  const used = [...new Set(prepared.flatMap((change) => Object.keys(change.columns)))];
  const assignments = used.map(
    (column) =>
      sql`, ${sql(column)} = case when n.columns ? ${column} then (n.columns ->> ${column})::${sql.unsafe(column === 'expired_at' ? 'timestamptz' : settableColumns[column]!)} else d.${sql(column)} end`,
  );
  const target = options.recursive
    ? sql`tree (did_id, root, did_type) as (
        select did_id, did_id, null::text from given
        union
        select c.child_id, tree.root, child.did_type::text
        from tree join contents c on c.parent_id = tree.did_id join dids child on child.id = c.child_id
      ), new as (
        select distinct on (tree.did_id) tree.did_id, given.json,
               case when tree.did_type is null then given.columns else given.columns - array['guid', 'events'] end as columns
        from tree join given on given.did_id = tree.root order by tree.did_id, tree.did_type nulls first
      )`
    : sql`new as (select did_id, columns, json from given)`;
  await sql`
    with recursive given as materialized (
      select * from unnest(${prepared.map((change) => change.didId)}::bigint[],
        ${prepared.map((change) => JSON.stringify(change.columns))}::text[]::jsonb[],
        ${prepared.map((change) => JSON.stringify(change.json))}::text[]::jsonb[]) as g (did_id, columns, json)
    ), ${target}
    update dids d
    set updated_at = ${options.now}, meta = case when n.json = '{}' then d.meta else coalesce(d.meta, '{}') || n.json end
      ${assignments.length > 0 ? assignments : sql``}
    from new n where d.id = n.did_id`;
};

/**
 * Removes a key of the JSON document.
 * @throws KeyNotFound 404; NotImplemented 409 for a key that is a column
 */
export const deleteMetadata = async (
  sql: Queryable,
  didId: number,
  key: string,
  now: Date,
): Promise<void> => {
  if (reservedKeys.has(key) || Object.hasOwn(settableColumns, key)) {
    throw fail(
      'NotImplemented',
      `The key ${key} is part of every DID and cannot be deleted. Set it to null.`,
      { status: 409 },
    );
  }
  const gone = await sql`
    update dids set meta = meta - ${key}, updated_at = ${now} where id = ${didId} and meta ? ${key} returning id`;
  if (gone.length === 0) throw fail('KeyNotFound', `The DID has no metadata key ${shown(key)}.`);
};
