import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import { valueTypes } from './add-key.ts';

/**
 * Adds a value that a metadata key may have.
 * @throws KeyNotFound (404), InvalidValueForKey (400) against the key's type or expression, Duplicate (409)
 */
export const addValue = async ({ sql, clock }: Lake, key: string, value: unknown): Promise<void> => {
  const text = String(value);
  const [known] = await sql<{ value_type: string | null; value_regexp: string | null; matches: boolean }[]>`
    select value_type, value_regexp, ${text} ~ ('^(?:' || coalesce(value_regexp, '') || ')') as matches
    from did_keys where key = ${key}`;
  if (!known) throw fail('KeyNotFound', `key '${key}' does not exist!`);
  const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
  if (!isPlain || text.length > 255) {
    throw fail(
      'InvalidValueForKey',
      `The value for the key ${key} must be a text, number or boolean of at most 255 characters.`,
    );
  }
  if (known.value_type !== null && !valueTypes[known.value_type]?.(value)) {
    throw fail(
      'InvalidValueForKey',
      `The value ${text} for the key ${key} does not match the required type ${known.value_type}.`,
    );
  }
  if (!known.matches) {
    throw fail(
      'InvalidValueForKey',
      `The value ${text} for the key ${key} does not match the regular expression ${known.value_regexp}.`,
    );
  }
  const rows = await sql`
    insert into did_key_values (key, value, created_at) values (${key}, ${text}, ${new Date(clock.now())})
    on conflict do nothing returning key`;
  if (rows.length === 0) throw fail('Duplicate', `key-value '${key}-${text}' already exists!`);
};
