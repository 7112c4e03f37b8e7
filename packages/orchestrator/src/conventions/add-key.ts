import { fail, metadataKeyTypes } from '@leman/contracts';
import { sqlState } from '@leman/foundation';
import type { Lake } from '../lake.ts';

export interface NewKey {
  key: string;
  /** ALL, COLLECTION, CONTAINER, DATASET, FILE, DERIVED, or the letter F, D, C. */
  keyType: unknown;
  /** What values must be; any when null. */
  valueType: unknown;
  /** Regular expression that values must match from their start; any when null. */
  valueRegexp: unknown;
}

const letters: Readonly<Record<string, string>> = { F: 'FILE', D: 'DATASET', C: 'CONTAINER' };
const LONGEST_EXPRESSION = 256;
const INVALID_EXPRESSION = '2201B';

/** The names that Python prints for its types: what the clients send. */
export const valueTypes: Readonly<Record<string, (value: unknown) => boolean>> = {
  "<class 'str'>": (value) => typeof value === 'string',
  "<class 'int'>": (value) => Number.isInteger(value),
  "<class 'float'>": (value) => typeof value === 'number',
};

/**
 * Makes a metadata key with what its values must be. Expressions are PostgreSQL's: they cannot take exponential time.
 * @throws UnsupportedKeyType, UnsupportedValueType, InvalidObject (400), Duplicate (409)
 */
export const addKey = async ({ sql, clock }: Lake, request: NewKey): Promise<void> => {
  const { key, keyType, valueType, valueRegexp } = request;
  if (key.length === 0 || key.length > 255)
    throw fail('InvalidObject', 'A metadata key has 1 to 255 characters.');
  if (valueType !== null && !(typeof valueType === 'string' && Object.hasOwn(valueTypes, valueType))) {
    throw fail(
      'UnsupportedValueType',
      `The type '${String(valueType)}' is not supported for values! Use one of ${Object.keys(valueTypes).join(', ')}.`,
    );
  }
  const type = typeof keyType === 'string' ? (letters[keyType] ?? keyType) : '';
  if (!Object.hasOwn(metadataKeyTypes, type)) {
    throw fail(
      'UnsupportedKeyType',
      `The type '${String(keyType)}' is not supported for keys! Use one of ${Object.keys(metadataKeyTypes).join(', ')}.`,
    );
  }
  if (
    valueRegexp !== null &&
    !(typeof valueRegexp === 'string' && valueRegexp.length <= LONGEST_EXPRESSION)
  ) {
    throw fail('InvalidObject', `value_regexp must be a text of at most ${LONGEST_EXPRESSION} characters.`);
  }
  try {
    const rows = await sql`
      insert into did_keys (key, key_type, value_type, value_regexp, created_at)
      select ${key}, ${type}, ${valueType}, ${valueRegexp}, ${new Date(clock.now())}
      where ('' ~ ${valueRegexp ?? ''}) is not null
      on conflict do nothing returning key`;
    if (rows.length === 0) throw fail('Duplicate', `key '${key}' already exists!`);
  } catch (error) {
    if (sqlState(error) !== INVALID_EXPRESSION) throw error;
    throw fail('InvalidObject', `value_regexp '${valueRegexp}' is not a regular expression.`);
  }
};
