import type { Lake } from '../lake.ts';

export type ProtocolOperation =
  | 'read'
  | 'write'
  | 'delete'
  | 'third_party_copy_read'
  | 'third_party_copy_write';
export type ProtocolDomain = 'lan' | 'wan';

/** One protocol of an RSE, as it travels on the wire. Priorities: the lowest is best, null means not usable. */
export interface RseProtocol {
  hostname: string;
  scheme: string;
  port: number;
  prefix: string;
  impl: string;
  domains: {
    lan: { read: number | null; write: number | null; delete: number | null };
    wan: {
      read: number | null;
      write: number | null;
      delete: number | null;
      third_party_copy_read: number | null;
      third_party_copy_write: number | null;
    };
  };
  /** A JSON document or text of whoever set it up; `web_service_path` matters to SRM. */
  extended_attributes: unknown;
}

export interface Rse {
  /** 32 hex digits. */
  id: string;
  rse: string;
  rse_type: 'DISK' | 'TAPE';
  deterministic: boolean;
  volatile: boolean;
  staging_area: boolean;
  availability_read: boolean;
  availability_write: boolean;
  availability_delete: boolean;
  city: string | null;
  region_code: string | null;
  country_name: string | null;
  continent: string | null;
  time_zone: string | null;
  ISP: string | null;
  ASN: string | null;
  longitude: number | null;
  latitude: number | null;
  qos_class: string | null;
  created_at: Date;
  updated_at: Date;
  /** Values are text; what was set as a boolean reads `true` or `false`. */
  attributes: ReadonlyMap<string, string>;
  /** Sorted by host name, scheme, port. */
  protocols: readonly RseProtocol[];
  /** MinFreeSpace, MaxSpaceAvailable, ...: bytes. */
  limits: ReadonlyMap<string, number>;
}

/** All RSEs that are not deleted, at one moment. */
export interface RseDirectory {
  /** By name. */
  readonly all: readonly Rse[];
  readonly byId: ReadonlyMap<string, Rse>;
  readonly byName: ReadonlyMap<string, Rse>;
  /** Distance from one RSE (id) to another (id); undefined when they are not connected. */
  distance(sourceId: string, destinationId: string): number | undefined;
}

interface Cached {
  directory: Promise<RseDirectory> | undefined;
  /** When the loading began, by the monotonic clock. */
  loadedAt: number;
}

const MAX_AGE_MS = 1000;
const directories = new WeakMap<Lake, Cached>();

type RseRow = Omit<Rse, 'attributes' | 'protocols' | 'limits' | 'ISP' | 'ASN'> & {
  isp: string | null;
  asn: string | null;
};
interface ProtocolRow {
  rse_id: string;
  scheme: string;
  hostname: string;
  port: number;
  prefix: string;
  impl: string;
  read_lan: number | null;
  write_lan: number | null;
  delete_lan: number | null;
  read_wan: number | null;
  write_wan: number | null;
  delete_wan: number | null;
  third_party_copy_read: number | null;
  third_party_copy_write: number | null;
  extended_attributes: unknown;
}

const wireProtocol = (row: ProtocolRow): RseProtocol => ({
  hostname: row.hostname,
  scheme: row.scheme,
  port: row.port,
  prefix: row.prefix,
  impl: row.impl,
  domains: {
    lan: { read: row.read_lan, write: row.write_lan, delete: row.delete_lan },
    wan: {
      read: row.read_wan,
      write: row.write_wan,
      delete: row.delete_wan,
      third_party_copy_read: row.third_party_copy_read,
      third_party_copy_write: row.third_party_copy_write,
    },
  },
  extended_attributes: row.extended_attributes,
});

const load = async ({ sql }: Lake): Promise<RseDirectory> => {
  const [rows, attributes, protocols, limits, distances] = await Promise.all([
    sql<RseRow[]>`
      select id, rse, rse_type, deterministic, volatile, staging_area, availability_read, availability_write,
        availability_delete, city, region_code, country_name, continent, time_zone, isp, asn, longitude, latitude,
        qos_class, created_at, updated_at
      from rses where deleted_at is null order by rse collate "C"`,
    sql<
      { rse_id: string; key: string; value: string }[]
    >`select rse_id, key, value from rse_attributes order by rse_id, key`,
    sql<ProtocolRow[]>`select * from rse_protocols order by rse_id, hostname, scheme, port`,
    sql<
      { rse_id: string; name: string; value: number }[]
    >`select rse_id, name, value from rse_limits order by rse_id, name`,
    sql<{ src_rse_id: string; dest_rse_id: string; distance: number }[]>`
      select src_rse_id, dest_rse_id, distance from distances`,
  ]);
  const building = new Map<
    string,
    { attributes: Map<string, string>; protocols: RseProtocol[]; limits: Map<string, number> }
  >();
  const all: Rse[] = rows.map(({ isp, asn, ...row }) => {
    const parts = { attributes: new Map<string, string>(), protocols: [], limits: new Map<string, number>() };
    building.set(row.id, parts);
    return { ...row, ISP: isp, ASN: asn, ...parts };
  });
  for (const { rse_id, key, value } of attributes) building.get(rse_id)?.attributes.set(key, value);
  for (const row of protocols) building.get(row.rse_id)?.protocols.push(wireProtocol(row));
  for (const { rse_id, name, value } of limits) building.get(rse_id)?.limits.set(name, value);
  const far = new Map<string, Map<string, number>>();
  for (const { src_rse_id, dest_rse_id, distance } of distances) {
    let from = far.get(src_rse_id);
    if (!from) {
      from = new Map();
      far.set(src_rse_id, from);
    }
    from.set(dest_rse_id, distance);
  }
  return {
    all,
    byId: new Map(all.map((rse) => [rse.id, rse])),
    byName: new Map(all.map((rse) => [rse.rse, rse])),
    distance: (sourceId, destinationId) => far.get(sourceId)?.get(destinationId),
  };
};

/**
 * The RSEs with all that is known of them, from memory. Read again after a wake-up on `rses` (every change of the
 * directory sends one after commit) and when it is a second old. Do not keep it beyond one request or batch.
 */
export const rseDirectory = (lake: Lake): Promise<RseDirectory> => {
  let cached = directories.get(lake);
  if (!cached) {
    const fresh: Cached = { directory: undefined, loadedAt: 0 };
    lake.wakeups.on('rses', () => {
      fresh.directory = undefined;
    });
    directories.set(lake, fresh);
    cached = fresh;
  }
  const now = performance.now();
  if (cached.directory && now - cached.loadedAt < MAX_AGE_MS) return cached.directory;
  const loading = load(lake);
  const entry = cached;
  entry.directory = loading;
  entry.loadedAt = now;
  loading.catch(() => {
    if (entry.directory === loading) entry.directory = undefined;
  });
  return loading;
};
