import { fail } from '@leman/contracts';
import { sqlState } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import type { Parameters } from '../server/parameters.ts';
import { checkSchema } from '../server/schemas.ts';
import { readRseProperties, settings } from './rse-properties.ts';

const UNIQUE_VIOLATION = '23505';

/**
 * Makes an RSE: DISK, deterministic, open for everything unless told otherwise. Its name becomes an attribute, as do
 * the settings of its place.
 *
 * @throws InvalidObject (400), InputValidationError (422), Duplicate (409)
 */
export const addRse = async (
  { sql, clock, wakeups }: Lake,
  name: string,
  body: Parameters,
): Promise<void> => {
  checkSchema('rse', name);
  const given = readRseProperties(body);
  const now = new Date(clock.now());
  const attributes: [string, string][] = [[name, 'true']];
  for (const key of settings) if (given[key] && key !== name) attributes.push([key, given[key]]);
  try {
    await sql`
      with made as (
        insert into rses (rse, rse_type, deterministic, volatile, staging_area, availability_read, availability_write,
          availability_delete, city, region_code, country_name, continent, time_zone, isp, asn, longitude, latitude,
          qos_class, created_at, updated_at)
        values (${name}, ${given.rse_type ?? 'DISK'}, ${given.deterministic ?? true}, ${given.volatile ?? false},
          ${given.staging_area ?? false}, ${given.availability_read ?? true}, ${given.availability_write ?? true},
          ${given.availability_delete ?? true}, ${given.city ?? null}, ${given.region_code ?? null},
          ${given.country_name ?? null}, ${given.continent ?? null}, ${given.time_zone ?? null}, ${given.ISP ?? null},
          ${given.ASN ?? null}, ${given.longitude ?? null}, ${given.latitude ?? null}, ${given.qos_class ?? null},
          ${now}, ${now})
        returning id
      )
      insert into rse_attributes (rse_id, key, value, created_at)
      select id, key, value, ${now} from made,
        unnest(${attributes.map(([key]) => key)}::text[], ${attributes.map(([, value]) => value)}::text[]) as a (key, value)`;
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) throw fail('Duplicate', `RSE '${name}' already exists!`);
    throw error;
  }
  wakeups.wake('rses');
};
