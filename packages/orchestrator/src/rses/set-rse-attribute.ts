import { fail } from '@leman/contracts';
import { storedAttribute } from '../accounts/attribute-value.ts';
import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';
import { shareAttributes } from './usual-number.ts';

const KEY = /^[A-Za-z0-9._-]{1,255}$/;

/**
 * The text that an attribute value is stored as.
 * @throws InvalidObject (400)
 */
export const attributeText = (key: string, value: unknown): string => {
  if (!KEY.test(key))
    throw fail(
      'InvalidObject',
      `The attribute key '${key.slice(0, 60)}' must be 1 to 255 letters, digits, '.', '_' or '-'.`,
    );
  const isPlain =
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value));
  const text = String(value);
  if (!isPlain || text.length > 255)
    throw fail(
      'InvalidObject',
      `The value of '${key}' must be a text, number or boolean of at most 255 characters.`,
    );
  if (shareAttributes.has(key) && (text.trim() === '' || !(Number(text) >= 0 && Number(text) <= 1)))
    throw fail('InvalidObject', `The value of '${key}' is a share: a number from 0 to 1, like 0.3.`);
  return storedAttribute(text);
};

/**
 * Sets an attribute of an RSE, whether it has it already or not.
 * @throws InvalidObject (400)
 */
export const setRseAttribute = async (
  { sql, clock, wakeups }: Lake,
  rse: Rse,
  key: string,
  value: unknown,
): Promise<void> => {
  const text = attributeText(key, value);
  await sql`
    insert into rse_attributes (rse_id, key, value, created_at) values (${rse.id}, ${key}, ${text}, ${new Date(clock.now())})
    on conflict (rse_id, key) do update set value = excluded.value`;
  wakeups.wake('rses');
};
