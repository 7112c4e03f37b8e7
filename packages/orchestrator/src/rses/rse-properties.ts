import { fail } from '@leman/contracts';
import type { Parameters } from '../server/parameters.ts';
import type { Rse } from './rse-directory.ts';

/** The columns of an RSE that people set. */
export type RseProperties = Pick<
  Rse,
  | 'rse_type'
  | 'deterministic'
  | 'volatile'
  | 'staging_area'
  | 'availability_read'
  | 'availability_write'
  | 'availability_delete'
  | 'city'
  | 'region_code'
  | 'country_name'
  | 'continent'
  | 'time_zone'
  | 'ISP'
  | 'ASN'
  | 'longitude'
  | 'latitude'
  | 'qos_class'
>;

const booleans = [
  'deterministic',
  'volatile',
  'staging_area',
  'availability_read',
  'availability_write',
  'availability_delete',
] as const;
const texts = [
  'city',
  'region_code',
  'country_name',
  'continent',
  'time_zone',
  'ISP',
  'ASN',
  'qos_class',
] as const;
const degrees = { longitude: 180, latitude: 90 } as const;

/** Columns that are attributes too, so that expressions and `GET attr` see them. */
export const settings = [
  'continent',
  'city',
  'region_code',
  'country_name',
  'time_zone',
  'ISP',
  'ASN',
] as const;

const bad = (key: string, what: string) => fail('InvalidObject', `'${key}' must be ${what}.`);

const booleanOf = (key: string, value: unknown): boolean => {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 0) return value === 1;
  if (typeof value === 'string' && /^(true|false|1|0)$/i.test(value)) return /^(true|1)$/i.test(value);
  throw bad(key, 'true or false');
};

const textOf = (key: string, value: unknown): string | null => {
  if (value === null || value === '') return null;
  if (typeof value !== 'string' || value.length > 255) throw bad(key, 'a text of at most 255 characters');
  return key === 'qos_class' && /^(none|null)$/i.test(value) ? null : value;
};

const degreesOf = (key: 'longitude' | 'latitude', value: unknown): number | null => {
  if (value === null || value === '') return null;
  const number = typeof value === 'string' ? Number(value) : value;
  const limit = degrees[key];
  if (typeof number !== 'number' || !(Math.abs(number) <= limit))
    throw bad(key, `a number from -${limit} to ${limit}`);
  return number;
};

/**
 * The properties that a body sets; keys it does not name are absent. Unknown keys are left to the caller. Null means
 * the default for booleans and type (absent), and nothing for the others.
 *
 * @throws InvalidObject (400); InputValidationError (422) when `availability` comes with its parts.
 */
export const readRseProperties = (body: Parameters): Partial<RseProperties> => {
  const properties: Partial<Record<keyof RseProperties, unknown>> = {};
  if (body.availability !== undefined && body.availability !== null) {
    if (booleans.some((key) => key.startsWith('availability_') && Object.hasOwn(body, key))) {
      throw fail(
        'InputValidationError',
        "'availability' can not be specified with 'availability_read', 'availability_write' or 'availability_delete'",
        { status: 422 },
      );
    }
    const bits = body.availability;
    if (typeof bits !== 'number' || !Number.isInteger(bits) || bits < 0 || bits > 7) {
      throw bad('availability', 'a number from 0 to 7 (4 read, 2 write, 1 delete)');
    }
    properties.availability_read = (bits & 4) > 0;
    properties.availability_write = (bits & 2) > 0;
    properties.availability_delete = (bits & 1) > 0;
  }
  for (const key of booleans) {
    if (body[key] !== undefined && body[key] !== null) properties[key] = booleanOf(key, body[key]);
  }
  for (const key of texts) if (body[key] !== undefined) properties[key] = textOf(key, body[key]);
  for (const key of ['longitude', 'latitude'] as const) {
    if (body[key] !== undefined) properties[key] = degreesOf(key, body[key]);
  }
  if (body.rse_type !== undefined && body.rse_type !== null) {
    if (body.rse_type !== 'DISK' && body.rse_type !== 'TAPE') throw bad('rse_type', 'DISK or TAPE');
    properties.rse_type = body.rse_type;
  }
  return properties as Partial<RseProperties>;
};
