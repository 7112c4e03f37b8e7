import type { Rse, RseDirectory, RseProtocol } from '../rses/rse-directory.ts';

const epoch = new Date(0);

/** An RSE out of thin air, with its name as an attribute. */
export const testRse = (
  rse: string,
  {
    attributes = {},
    ...given
  }: Partial<Omit<Rse, 'attributes'>> & { attributes?: Record<string, string> } = {},
): Rse => ({
  id: Buffer.from(rse).toString('hex').padStart(32, '0').slice(-32),
  rse,
  rse_type: 'DISK',
  deterministic: true,
  volatile: false,
  staging_area: false,
  availability_read: true,
  availability_write: true,
  availability_delete: true,
  city: null,
  region_code: null,
  country_name: null,
  continent: null,
  time_zone: null,
  ISP: null,
  ASN: null,
  longitude: null,
  latitude: null,
  qos_class: null,
  created_at: epoch,
  updated_at: epoch,
  protocols: [],
  limits: new Map(),
  ...given,
  attributes: new Map(Object.entries({ [rse]: 'true', ...attributes })),
});

/** A protocol out of thin air: best for everything over wan and lan, unless told otherwise. */
export const testProtocol = (given: Partial<RseProtocol> = {}): RseProtocol => ({
  hostname: 'storage.example',
  scheme: 'https',
  port: 443,
  prefix: '/data',
  impl: 'rucio.rse.protocols.webdav.Default',
  domains: {
    lan: { read: 1, write: 1, delete: 1 },
    wan: { read: 1, write: 1, delete: 1, third_party_copy_read: 1, third_party_copy_write: 1 },
  },
  extended_attributes: null,
  ...given,
});

/** A directory of such RSEs, without distances. */
export const testDirectory = (rses: readonly Rse[]): RseDirectory => ({
  all: rses,
  byId: new Map(rses.map((rse) => [rse.id, rse])),
  byName: new Map(rses.map((rse) => [rse.rse, rse])),
  distance: () => undefined,
});
