import { fail } from '@leman/contracts';
import { sqlState } from '@leman/foundation';
import { storedAttribute } from '../accounts/attribute-value.ts';
import type { Lake } from '../lake.ts';
import type { Parameters } from '../server/parameters.ts';
import type { Rse } from './rse-directory.ts';
import { readRseProperties, settings } from './rse-properties.ts';

const UNIQUE_VIOLATION = '23505';
/** Wider than for new RSEs: the field lets names be changed to lower case. */
const NAME = /^[A-Za-z0-9]+([_-][A-Za-z0-9]+)*$/;

const mutable = new Set([
  'name',
  'availability_read',
  'availability_write',
  'availability_delete',
  'latitude',
  'longitude',
  'time_zone',
  'rse_type',
  'volatile',
  'deterministic',
  'region_code',
  'country_name',
  'city',
  'staging_area',
  'qos_class',
  'continent',
  'availability',
]);

const newName = (rse: Rse, value: unknown): string => {
  if (value === undefined || value === null) return rse.rse;
  if (typeof value === 'string' && value.length <= 255 && NAME.test(value)) return value;
  throw fail('InvalidObject', 'The name of an RSE is letters and digits, joined by single _ or -.');
};

/**
 * Changes an RSE: its name, type, place, availability; all that is given or nothing.
 * @throws InputValidationError (400) for an unknown key, InvalidObject (400), Duplicate (409)
 */
export const updateRse = async ({ sql, clock, wakeups }: Lake, rse: Rse, body: Parameters): Promise<void> => {
  const unknown = Object.keys(body).find((key) => !mutable.has(key));
  if (unknown !== undefined)
    throw fail('InputValidationError', `The key '${unknown}' does not exist for RSE properties.`);
  const { ISP: _isp, ASN: _asn, ...given } = readRseProperties(body);
  const name = newName(rse, body.name);
  const now = new Date(clock.now());
  const changed = settings.filter((key) => Object.hasOwn(given, key));
  const values = changed.map((key) => (given as Partial<Rse>)[key]);
  try {
    await sql.begin(async (tx) => {
      await tx`update rses set ${tx({ ...given, rse: name, updated_at: now })} where id = ${rse.id} and deleted_at is null`;
      // The tag that is the name follows the name, the attributes of the place follow the place.
      await tx`
        delete from rse_attributes where rse_id = ${rse.id}
          and (key = any(${changed}::text[]) or (key = ${rse.rse} and ${name !== rse.rse}))`;
      await tx`
        insert into rse_attributes (rse_id, key, value, created_at)
        select ${rse.id}::uuid, key, value, ${now}
        from unnest(${changed}::text[], ${values.map((value) => (value ? storedAttribute(value) : null))}::text[]) as a (key, value)
        where value is not null
        union all
        select ${rse.id}::uuid, ${name}, 'true', ${now} where ${name !== rse.rse}
        on conflict (rse_id, key) do update set value = excluded.value`;
    });
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) throw fail('Duplicate', `RSE '${name}' already exists!`);
    throw error;
  }
  wakeups.wake('rses');
};
