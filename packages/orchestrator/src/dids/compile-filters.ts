import { fail } from '@leman/contracts';
import { parseWireDate, type Queryable } from '@leman/foundation';
import type postgres from 'postgres';
import { shown } from './check-input.ts';
import { metadataColumns } from './metadata-columns.ts';
import type { Literal } from './parse-python-literal.ts';

export type Condition = postgres.PendingQuery<postgres.Row[]>;

const comparisons: Readonly<Record<string, string>> = {
  '': '=',
  gte: '>=',
  lte: '<=',
  lt: '<',
  gt: '>',
  ne: '<>',
};
const types: Readonly<Record<string, string[]>> = {
  all: ['C', 'D', 'F'],
  collection: ['C', 'D'],
  container: ['C'],
  dataset: ['D'],
  file: ['F'],
};
const letters: Readonly<Record<string, string>> = { FILE: 'F', DATASET: 'D', CONTAINER: 'C' };
const availabilities: Readonly<Record<string, string>> = { AVAILABLE: 'A', LOST: 'L', DELETED: 'D' };
const MAX_GROUPS = 100;
const MAX_KEYS = 50;

/** The letters a type of the search stands for. @throws UnsupportedOperation 409 */
export const typeLetters = (type: unknown): string[] => {
  const found =
    typeof type === 'string' && Object.hasOwn(types, type.toLowerCase())
      ? types[type.toLowerCase()]
      : undefined;
  if (!found)
    throw fail(
      'UnsupportedOperation',
      `${shown(type)} is not a valid type. Valid types are ${Object.keys(types).join(', ')}.`,
    );
  return found;
};

const hasWildcard = (value: Literal): value is string => typeof value === 'string' && /[*%]/.test(value);
/** `*` and `%` stand for anything; everything else for itself. */
const likePattern = (value: string) =>
  value.replaceAll('\\', '\\\\').replaceAll('_', '\\_').replaceAll('*', '%');

const columnValue = (key: string, value: Literal): string => {
  const bad = (wanted: string) =>
    fail('DIDFilterSyntaxError', `The value ${shown(value)} of the filter ${key} must be ${wanted}.`);
  switch (metadataColumns[key]) {
    case 'bigint': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isFinite(number)) {
        // The field calls a length that is no number a ValueError.
        throw key === 'length' ? fail('ValueError', 'Length has to be an integer value.') : bad('a number');
      }
      return String(number);
    }
    case 'boolean':
      if (typeof value === 'boolean') return String(value);
      if (value === 0 || value === 1) return String(value === 1);
      if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase();
      throw bad('True or False');
    case 'timestamptz': {
      const date = parseWireDate(value);
      if (!date) throw bad('a date like 2026-11-20T05:54:06');
      return date.toISOString();
    }
    default:
      if (typeof value === 'object') throw bad('text');
      return String(value);
  }
};

const onColumn = (sql: Queryable, key: string, comparison: string, value: Literal): Condition => {
  const column = sql(`d.${key}`);
  if (value === null) return comparison === '<>' ? sql`${column} is not null` : sql`${column} is null`;
  const type = metadataColumns[key]!;
  if (hasWildcard(value) && type === 'text') {
    return comparison === '<>'
      ? sql`${column} not like ${likePattern(value)}`
      : sql`${column} like ${likePattern(value)}`;
  }
  let text = columnValue(key, value);
  if (key === 'did_type') text = letters[text.toUpperCase()] ?? text;
  if (key === 'availability') text = availabilities[text.toUpperCase()] ?? text;
  return sql`${column} ${sql.unsafe(comparison)} ${text}::${sql.unsafe(type === 'bigint' ? 'numeric' : type)}`;
};

const onJson = (sql: Queryable, key: string, comparison: string, value: Literal): Condition => {
  const field = sql`(d.meta ->> ${key})`;
  if (value === null)
    return comparison === '<>' ? sql`${field} is not null` : sql`(d.meta ? ${key} and ${field} is null)`;
  if (hasWildcard(value)) {
    return comparison === '<>'
      ? sql`${field} not like ${likePattern(value)}`
      : sql`${field} like ${likePattern(value)}`;
  }
  if (typeof value === 'object') {
    return sql`d.meta @> ${JSON.stringify({ [key]: value })}::text::jsonb`;
  }
  // The command line sends every value as text: '7' finds 7 as well as "7", 'true' finds true.
  const text = typeof value === 'string' ? value : String(value);
  const plain: Literal = /^(true|false)$/i.test(text)
    ? text.toLowerCase() === 'true'
    : /^-?\d+(\.\d+)?$/.test(text)
      ? Number(text)
      : text;
  if (comparison === '=' || comparison === '<>') {
    const either = sql`(d.meta @> ${JSON.stringify({ [key]: plain })}::text::jsonb or d.meta @> ${JSON.stringify({ [key]: text })}::text::jsonb)`;
    return comparison === '=' ? either : sql`(d.meta ? ${key} and not ${either})`;
  }
  if (typeof plain === 'number') {
    return sql`case when jsonb_typeof(d.meta -> ${key}) = 'number' or ${field} ~ '^-?[0-9]+([.][0-9]+)?$' then ${field}::numeric ${sql.unsafe(comparison)} ${text}::text::numeric else false end`;
  }
  return sql`${field} collate "C" ${sql.unsafe(comparison)} ${text}`;
};

const renamed: Readonly<Record<string, string>> = {
  created_after: 'created_at.gte',
  created_before: 'created_at.lte',
};

const onKey = (sql: Queryable, fullKey: string, value: Literal): { id: string; condition: Condition } => {
  const [key, suffix = '', ...more] = (renamed[fullKey] ?? fullKey).split('.') as [
    string,
    string?,
    ...string[],
  ];
  const comparison = Object.hasOwn(comparisons, suffix) ? comparisons[suffix] : undefined;
  if (more.length > 0 || !comparison || key === '') {
    throw fail(
      'DIDFilterSyntaxError',
      `The filter ${shown(fullKey)} is not understood. Use key, key.gt, key.gte, key.lt, key.lte or key.ne.`,
    );
  }
  if (hasWildcard(value) && comparison !== '=' && comparison !== '<>') {
    throw fail('DIDFilterSyntaxError', 'Wildcards can only be used with equality operators');
  }
  if (
    (key === 'name' || key === 'did_type') &&
    comparison !== '=' &&
    !(key === 'name' && comparison === '<>')
  ) {
    throw fail('ValueError', `${key === 'name' ? 'Name' : 'Type'} operator must be an equality operator.`);
  }
  const isColumn = Object.hasOwn(metadataColumns, key);
  return {
    id: `${key} ${comparison}`,
    condition: isColumn ? onColumn(sql, key, comparison, value) : onJson(sql, key, comparison, value),
  };
};

const joined = (sql: Queryable, conditions: readonly Condition[], word: 'and' | 'or'): Condition =>
  conditions.reduce((all, one) => sql`${all} ${sql.unsafe(word)} ${one}`);

/**
 * The filters of a search as SQL on `dids d`: a list of groups, OR between them, AND inside. Reference: Rucio REST
 * contract 2.6.
 * @param options.ignoreName leave the names out, for what lies below the DIDs that were found
 * @throws DIDFilterSyntaxError, DuplicateCriteriaInDIDFilter, ValueError 400; UnsupportedOperation 409
 */
export const compileFilters = (
  sql: Queryable,
  filters: Literal,
  type: string,
  options: { ignoreName?: boolean } = {},
): Condition => {
  const groups = Array.isArray(filters) ? filters : [filters];
  if (groups.length === 0) groups.push({});
  if (groups.length > MAX_GROUPS)
    throw fail('DIDFilterSyntaxError', `At most ${MAX_GROUPS} groups of filters are taken.`);
  const compiled = groups.map((group): Condition => {
    if (typeof group !== 'object' || group === null || Array.isArray(group)) {
      throw fail('DIDFilterSyntaxError', 'Filters must be a list of dictionaries.');
    }
    const { type: own = type, ...keys } = group;
    const entries = Object.entries(keys);
    if (entries.length > MAX_KEYS)
      throw fail('DIDFilterSyntaxError', `At most ${MAX_KEYS} filters per group are taken.`);
    const conditions = [sql`d.did_type = any(${typeLetters(own)}::text[])`];
    const seen = new Set<string>();
    for (const [key, value] of entries) {
      const { id, condition } = onKey(sql, key, value);
      if (seen.has(id))
        throw fail('DuplicateCriteriaInDIDFilter', `The filter ${shown(key)} comes twice in one group.`);
      seen.add(id);
      if (!(options.ignoreName && key === 'name')) conditions.push(condition);
    }
    return sql`(${joined(sql, conditions, 'and')})`;
  });
  return sql`(${joined(sql, compiled, 'or')})`;
};
