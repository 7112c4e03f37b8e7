import type { GoodCall, World } from './world.ts';

const protocol = () => ({
  scheme: 'davs',
  hostname: 'one.example.org',
  port: 443,
  prefix: '/data',
  impl: 'rucio.rse.protocols.webdav.Default',
  domains: { wan: { read: 1, write: 1, delete: 1, third_party_copy_read: 1 } },
  extended_attributes: { web_service_path: '/x' },
});
const rseProperties = () => ({
  rse_type: 'DISK',
  deterministic: true,
  volatile: false,
  staging_area: false,
  city: 'Geneva',
  region_code: 'GE',
  country_name: 'CH',
  continent: 'EU',
  time_zone: 'CET',
  ISP: 'x',
  ASN: '1',
  longitude: 6.1,
  latitude: 46.2,
  availability_read: true,
  qos_class: null,
});

const atOne = () => ({ rse: 'ONE' });

/** Storages, and what is imported. */
export const rsesCalls: readonly GoodCall[] = [
  {
    route: 'POST /rses/:rse',
    params: ({ fresh }) => ({ rse: fresh().toUpperCase() }),
    body: rseProperties,
  },
  {
    route: 'PUT /rses/:rse',
    params: () => ({ rse: 'THREE' }),
    body: () => {
      const { ISP: _isp, ASN: _asn, ...rest } = rseProperties();
      return rest;
    },
  },
  {
    route: 'POST /rses/:rse/attr/:key',
    params: ({ fresh }) => ({ rse: 'ONE', key: fresh() }),
    body: () => ({ value: 'x' }),
    needs: ['value'],
  },
  {
    route: 'PUT /rses/:rse/limits',
    params: atOne,
    body: () => ({ name: 'MinFreeSpace', value: 7 }),
    needs: ['name', 'value'],
  },
  {
    route: 'DELETE /rses/:rse/limits',
    params: atOne,
    body: () => ({ name: 'MinFreeSpace' }),
    needs: ['name'],
  },
  ...(['POST', 'PUT'] as const).map((method) => ({
    route: `${method} /rses/:source/distances/:destination`,
    params: async ({ fresh, lake }: World): Promise<Record<string, string>> => {
      if (method === 'PUT') return { source: 'ONE', destination: 'TWO' };
      const destination = fresh().toUpperCase();
      await lake.api('POST', `/rses/${destination}`);
      return { source: 'ONE', destination };
    },
    body: () => ({ distance: 3, bidirectional: false }),
  })),
  {
    route: 'POST /rses/:rse/protocols/:scheme',
    params: async ({ fresh, lake }) => {
      const rse = fresh().toUpperCase();
      await lake.api('POST', `/rses/${rse}`);
      return { rse, scheme: 'davs' };
    },
    body: protocol,
  },
  ...['', '/:hostname', '/:hostname/:port'].map((rest) => ({
    route: `PUT /rses/:rse/protocols/:scheme${rest}`,
    params: () => ({ rse: 'THREE', scheme: 'davs', hostname: 'three.example.org', port: '443' }),
    body: () => ({
      prefix: '/data',
      impl: 'x.Default',
      domains: { wan: { read: 1 } },
      extended_attributes: {},
    }),
  })),
  {
    route: 'PUT /rses/:rse/usage',
    params: atOne,
    body: () => ({ source: 'storage', used: 7, free: 7, files: 7 }),
    needs: ['source', 'used'],
  },
  {
    route: 'POST /import',
    body: () => ({
      rses: {
        FOUR: { ...rseProperties(), attributes: { tier: '2' }, protocols: [protocol()], MinFreeSpace: 5 },
      },
      distances: { ONE: { TWO: { distance: 2 } } },
      accounts: [
        {
          account: 'imported',
          email: 'd@example.org',
          account_type: 'USER',
          identities: [{ identity: 'CN=imported', type: 'X509', email: 'd@example.org' }],
        },
      ],
    }),
  },
];
