import { fail } from '@leman/contracts';
import { storedAttribute } from '../accounts/attribute-value.ts';
import type { Rse, RseDirectory } from './rse-directory.ts';
import { type ExpressionToken, tokenizeExpression } from './tokenize-expression.ts';

export interface ExpressionFilter {
  /** Keep only the RSEs that are open for this. */
  availability?: 'read' | 'write' | 'delete';
  /** HTTP status of InvalidRSEExpression; the endpoints of rules answer 409. */
  status?: number;
}

const booleanColumns = new Set([
  'deterministic',
  'volatile',
  'staging_area',
  'availability_read',
  'availability_write',
  'availability_delete',
]);
const textColumns = new Set([
  'id',
  'rse',
  'rse_type',
  'city',
  'region_code',
  'country_name',
  'continent',
  'time_zone',
  'ISP',
  'ASN',
  'qos_class',
]);

const asNumber = (text: string | undefined): number =>
  text === undefined || text.trim() === '' ? Number.NaN : Number(text);

const equals = (key: string, value: string): ((rse: Rse) => boolean) => {
  const attribute = storedAttribute(value);
  if (booleanColumns.has(key)) {
    if (!/^(true|false|1|0)$/i.test(value))
      throw fail('InvalidObject', `Invalid boolean value: ${value}. Use ${key}=true or ${key}=false.`);
    const wanted = /^(true|1)$/i.test(value);
    return (rse) => rse[key as 'volatile'] === wanted;
  }
  if (key === 'rse_type' && value !== 'DISK' && value !== 'TAPE')
    throw fail('InvalidObject', `Invalid rse_type: ${value}. Use DISK or TAPE.`);
  const isColumn = textColumns.has(key);
  return (rse) => (isColumn && rse[key as 'city'] === value) || rse.attributes.get(key) === attribute;
};

const test = (token: Extract<ExpressionToken, { kind: 'primitive' }>): ((rse: Rse) => boolean) => {
  const { key, comparison, value } = token;
  if (comparison === '*') return () => true;
  if (comparison === '=') return equals(key, value);
  const bound = asNumber(value);
  return comparison === '<'
    ? (rse) => asNumber(rse.attributes.get(key)) < bound
    : (rse) => asNumber(rse.attributes.get(key)) > bound;
};

type Operator = '|' | '&' | '\\';

const combine = (
  left: Uint8Array | undefined,
  operator: Operator | undefined,
  right: Uint8Array,
): Uint8Array => {
  if (!left) return right;
  return left.map((bit, index) => {
    const other = right[index]!;
    return operator === '|' ? bit | other : operator === '&' ? bit & other : bit & (1 - other);
  });
};

/**
 * The RSEs that an expression names, in the order of the directory. Evaluated from left to right, all operators
 * alike, parentheses first. Reference: Rucio REST contract 2.3.
 *
 * @throws InvalidRSEExpression (400, or filter.status) for bad syntax and for an empty result; RSEWriteBlocked when
 * the filter `write` leaves nothing; InvalidObject for a value that a column cannot have.
 */
export const resolveExpression = (
  directory: RseDirectory,
  expression: string,
  filter: ExpressionFilter = {},
): Rse[] => {
  const status = filter.status === undefined ? {} : { status: filter.status };
  const { all } = directory;
  const open: { left: Uint8Array | undefined; operator: Operator | undefined }[] = [];
  let left: Uint8Array | undefined;
  let operator: Operator | undefined;
  for (const token of tokenizeExpression(expression, status)) {
    if (token.kind === 'open') {
      open.push({ left, operator });
      left = undefined;
      operator = undefined;
    } else if (token.kind === 'close') {
      const outer = open.pop()!;
      left = combine(outer.left, outer.operator, left!);
      operator = undefined;
    } else if (token.kind === 'operator') {
      operator = token.operator;
    } else {
      const matches = test(token);
      left = combine(
        left,
        operator,
        Uint8Array.from(all, (rse) => (matches(rse) ? 1 : 0)),
      );
      operator = undefined;
    }
  }
  const found = all.filter((_, index) => left![index]);
  if (found.length === 0) {
    throw fail(
      'InvalidRSEExpression',
      `RSE Expression resulted in an empty set. No RSE matches '${expression}'.`,
      status,
    );
  }
  const { availability } = filter;
  if (!availability) return found;
  const usable = found.filter((rse) => rse[`availability_${availability}`]);
  if (usable.length > 0) return usable;
  if (availability === 'write') {
    throw fail(
      'RSEWriteBlocked',
      `RSE excluded; not available for writing. Every RSE of '${expression}' is closed.`,
    );
  }
  throw fail('InvalidRSEExpression', `Every RSE of '${expression}' is closed for ${availability}.`, status);
};
