import { randomUUID } from 'node:crypto';
import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { optionalInteger, type Parameters } from '../server/parameters.ts';
import { checkSchema } from '../server/schemas.ts';
import { type ProtocolColumns, readProtocol } from './read-protocol.ts';
import { type RseProperties, readRseProperties, settings } from './rse-properties.ts';
import { attributeText } from './set-rse-attribute.ts';

const defaults = {
  rse_type: 'DISK',
  deterministic: true,
  volatile: false,
  staging_area: false,
  availability_read: true,
  availability_write: true,
  availability_delete: true,
};

/** An export names availability twice, as a number and in parts: the parts count. */
const propertiesOf = (entry: Parameters): Partial<RseProperties> =>
  readRseProperties(Object.hasOwn(entry, 'availability_read') ? { ...entry, availability: null } : entry);

const attributesOf = (name: string, entry: Parameters): [string, string][] => {
  const given = entry.attributes ?? {};
  if (typeof given !== 'object' || Array.isArray(given))
    throw fail('InvalidObject', `The attributes of ${name} must be a dictionary.`);
  const properties = propertiesOf(entry);
  const all: Record<string, unknown> = {
    ...Object.fromEntries(settings.map((key) => [key, properties[key]])),
    ...given,
    lfn2pfn_algorithm: entry.lfn2pfn_algorithm,
    verify_checksum: entry.verify_checksum,
    [name]: true,
  };
  return Object.entries(all)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => [key, attributeText(key, value)]);
};

const protocolsOf = (name: string, entry: Parameters): ProtocolColumns[] => {
  const given = entry.protocols ?? [];
  if (!Array.isArray(given)) throw fail('InvalidObject', `The protocols of ${name} must be a list.`);
  return given.map((one: unknown) => {
    if (typeof one !== 'object' || one === null)
      throw fail('InvalidObject', `A protocol of ${name} must be a dictionary.`);
    const columns = readProtocol(one as Parameters);
    if (!columns.scheme || !columns.impl)
      throw fail('InvalidObject', `Missing values! A protocol of ${name} needs scheme and impl.`);
    return { hostname: 'localhost', port: 0, prefix: '', ...columns };
  });
};

interface StoredRse extends Record<string, unknown> {
  id: string;
  rse: string;
}

/** Makes or changes RSEs with their attributes, protocols and limit: a fixed number of statements. Deleted ones return. */
export const importRses = async (
  tx: Transaction,
  entries: Record<string, Parameters>,
  now: Date,
): Promise<void> => {
  const names = Object.keys(entries);
  if (names.length === 0) return;
  const known = await tx<StoredRse[]>`
    select distinct on (rse) * from rses where rse = any(${names}::text[])
    order by rse, (deleted_at is null) desc, deleted_at desc`;
  const byName = new Map(known.map((row) => [row.rse, row]));
  const rses = names.map((name) => {
    const entry = entries[name]!;
    const stored = byName.get(name);
    if (!stored) checkSchema('rse', name);
    const { ISP, ASN, ...properties } = propertiesOf(entry);
    const named = { ...(ISP === undefined ? {} : { isp: ISP }), ...(ASN === undefined ? {} : { asn: ASN }) };
    return {
      row: {
        ...defaults,
        created_at: now,
        ...stored,
        id: stored?.id ?? randomUUID(),
        rse: name,
        ...properties,
        ...named,
      },
      attributes: attributesOf(name, entry),
      protocols: protocolsOf(name, entry),
      minFreeSpace: optionalInteger(entry, 'MinFreeSpace', { min: 0 }),
    };
  });

  await tx`
    insert into rses (id, rse, rse_type, deterministic, volatile, staging_area, availability_read, availability_write,
      availability_delete, city, region_code, country_name, continent, time_zone, isp, asn, longitude, latitude,
      qos_class, created_at, updated_at)
    select id, rse, rse_type, deterministic, volatile, staging_area, availability_read, availability_write,
      availability_delete, city, region_code, country_name, continent, time_zone, isp, asn, longitude, latitude,
      qos_class, created_at, ${now}
    from jsonb_populate_recordset(null::rses, ${tx.json(rses.map((rse) => rse.row) as never)})
    on conflict (id) do update set
      rse_type = excluded.rse_type, deterministic = excluded.deterministic, volatile = excluded.volatile,
      staging_area = excluded.staging_area, availability_read = excluded.availability_read,
      availability_write = excluded.availability_write, availability_delete = excluded.availability_delete,
      city = excluded.city, region_code = excluded.region_code, country_name = excluded.country_name,
      continent = excluded.continent, time_zone = excluded.time_zone, isp = excluded.isp, asn = excluded.asn,
      longitude = excluded.longitude, latitude = excluded.latitude, qos_class = excluded.qos_class,
      updated_at = ${now}, deleted_at = null`;
  const attributes = rses.flatMap(({ row, attributes: all }) =>
    all.map(([key, value]) => ({ rse_id: row.id, key, value })),
  );
  await tx`
    insert into rse_attributes (rse_id, key, value, created_at)
    select rse_id, key, value, ${now} from jsonb_populate_recordset(null::rse_attributes, ${tx.json(attributes)})
    on conflict (rse_id, key) do update set value = excluded.value`;
  const protocols = rses.flatMap(({ row, protocols: all }) =>
    all.map((protocol) => ({ ...protocol, rse_id: row.id })),
  );
  await tx`
    insert into rse_protocols (rse_id, scheme, hostname, port, prefix, impl, read_lan, write_lan, delete_lan, read_wan,
      write_wan, delete_wan, third_party_copy_read, third_party_copy_write, extended_attributes, created_at, updated_at)
    select distinct on (rse_id, scheme, hostname, port) rse_id, scheme, hostname, port, prefix, impl, read_lan, write_lan,
      delete_lan, read_wan, write_wan, delete_wan, third_party_copy_read, third_party_copy_write, extended_attributes,
      ${now}, ${now}
    from jsonb_populate_recordset(null::rse_protocols, ${tx.json(protocols as never)})
    on conflict (rse_id, scheme, hostname, port) do update set
      prefix = excluded.prefix, impl = excluded.impl, read_lan = excluded.read_lan, write_lan = excluded.write_lan,
      delete_lan = excluded.delete_lan, read_wan = excluded.read_wan, write_wan = excluded.write_wan,
      delete_wan = excluded.delete_wan, third_party_copy_read = excluded.third_party_copy_read,
      third_party_copy_write = excluded.third_party_copy_write, extended_attributes = excluded.extended_attributes,
      updated_at = ${now}`;
  const limits = rses.flatMap(({ row, minFreeSpace }) =>
    minFreeSpace === undefined ? [] : [{ rse_id: row.id, name: 'MinFreeSpace', value: minFreeSpace }],
  );
  await tx`
    insert into rse_limits (rse_id, name, value)
    select rse_id, name, value from jsonb_populate_recordset(null::rse_limits, ${tx.json(limits)})
    on conflict (rse_id, name) do update set value = excluded.value`;
};
