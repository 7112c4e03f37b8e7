import type { TestLake } from '../src/testing/test-lake.ts';

/** What a good call may name: made once, or anew for each call. */
export interface World {
  lake: TestLake;
  /** A name that nothing has yet: lower-case letters and digits. */
  fresh(): string;
  /** The id of a new rule on a new dataset. */
  rule(): Promise<string>;
}

export interface GoodCall {
  /** Method and path as the route is declared. */
  route: string;
  /** What stands for the `:names` in it; `x` for those left out. */
  params?: (world: World) => Record<string, string> | Promise<Record<string, string>>;
  body: (world: World) => unknown;
  /** Keys of the body without which the call is refused. */
  needs?: readonly string[];
  /** Refused as it is: what the lake does not do, or what is not there. */
  refused?: true;
}

const file = (name: string) => ({
  scope: 'test',
  name,
  bytes: 10,
  adler32: '00000001',
  md5: '0123456789abcdef0123456789abcdef',
  state: 'A',
  meta: { guid: '01234567-89ab-cdef-0123-456789abcdef', events: 3 },
});
const known = { scope: 'test', name: 'f.0' };
const atTwo = { scope: 'test', name: 'g.0' };
const dataset = { scope: 'test', name: 'ds' };
const rule = () => ({
  dids: [dataset],
  account: 'root',
  copies: 1,
  rse_expression: 'ONE',
  weight: null,
  lifetime: 1000,
  grouping: 'DATASET',
  locked: false,
  subscription_id: null,
  source_replica_expression: 'ONE',
  activity: 'Debug',
  notify: 'N',
  purge_replicas: false,
  ignore_availability: false,
  comment: 'a comment',
  ask_approval: false,
  asynchronous: false,
  delay_injection: null,
  priority: 3,
  split_container: false,
  meta: { why: 'test' },
});
const collection = () => ({
  type: 'DATASET',
  account: 'root',
  statuses: { monotonic: true },
  meta: { project: 'p', colour: 'red' },
  lifetime: 1000,
  rules: [{ account: 'root', copies: 1, rse_expression: 'ONE' }],
  dids: [{ ...known, bytes: 10 }],
  rse: 'ONE',
});
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

const atNewDataset = async ({ lake, fresh }: World) => {
  const name = fresh();
  await lake.api('POST', `/dids/test/${name}`, { type: 'DATASET' });
  return { scope: 'test', name };
};
const atDataset = () => dataset;
const atOne = () => ({ rse: 'ONE' });

const soon = () => new Date(Date.now() + 86_400_000).toISOString().slice(0, 19);

/** One good call of each endpoint that reads a body. */
export const goodCalls: readonly GoodCall[] = [
  {
    route: 'POST /accounts/:account',
    params: ({ fresh }) => ({ account: fresh() }),
    body: () => ({ type: 'USER', email: 'a@example.org' }),
    needs: ['type', 'email'],
  },
  {
    route: 'PUT /accounts/:account',
    params: () => ({ account: 'guest' }),
    body: () => ({ status: 'ACTIVE', email: 'b@example.org', account_type: 'USER' }),
  },
  {
    route: 'POST /accounts/:account/attr/:key',
    params: ({ fresh }) => ({ account: 'guest', key: fresh() }),
    body: () => ({ value: 'x' }),
    needs: ['value'],
  },
  {
    route: 'POST /accounts/:account/identities',
    params: () => ({ account: 'guest' }),
    body: ({ fresh }) => ({
      identity: fresh(),
      authtype: 'USERPASS',
      email: 'c@example.org',
      password: 'a long password',
      default: false,
    }),
    needs: ['identity', 'authtype', 'email', 'password'],
  },
  {
    route: 'DELETE /accounts/:account/identities',
    params: () => ({ account: 'guest' }),
    body: () => ({ identity: 'nobody', authtype: 'USERPASS' }),
    refused: true,
  },
  { route: 'POST /config', body: () => ({ section: { option: 'value' } }) },
  {
    route: 'POST /meta_conventions/:key',
    params: ({ fresh }) => ({ key: fresh() }),
    body: () => ({ key_type: 'ALL', value_type: null, value_regexp: '^a+$' }),
  },
  {
    route: 'POST /meta_conventions/:key',
    params: () => ({ key: 'colours' }),
    body: ({ fresh }) => ({ value: fresh() }),
    needs: [],
  },
  {
    route: 'POST /dids/:scope/:name',
    params: ({ fresh }) => ({ scope: 'test', name: fresh() }),
    body: collection,
    needs: ['type'],
  },
  { route: 'POST /dids', body: ({ fresh }) => [{ scope: 'test', name: fresh(), ...collection() }] },
  {
    route: 'PUT /dids/:scope/:name/status',
    params: atNewDataset,
    body: () => ({ open: false }),
    needs: ['open'],
  },
  {
    route: 'POST /dids/resurrect',
    body: () => [{ scope: 'test', name: 'never' }],
    refused: true,
  },
  {
    route: 'POST /dids/sample',
    body: ({ fresh }) => ({
      input_scope: 'test',
      input_name: 'ds',
      output_scope: 'test',
      output_name: fresh(),
      nbfiles: 1,
    }),
    needs: ['input_scope', 'input_name', 'output_scope', 'output_name', 'nbfiles'],
  },
  {
    route: 'POST /dids/:scope/:name/follow',
    params: atNewDataset,
    body: () => ({ account: 'guest' }),
    needs: ['account'],
  },
  {
    route: 'DELETE /dids/:scope/:name/follow',
    params: atDataset,
    body: () => ({ account: 'guest' }),
    needs: ['account'],
  },
  {
    route: 'POST /dids/:scope/:name/dids',
    params: atNewDataset,
    body: ({ fresh }) => ({ dids: [file(fresh())], rse: 'ONE', ignore_duplicate: true }),
    needs: ['dids'],
  },
  {
    route: 'DELETE /dids/:scope/:name/dids',
    params: atDataset,
    body: () => ({ dids: [known] }),
    needs: ['dids'],
  },
  {
    route: 'POST /dids/attachments',
    body: ({ fresh }) => ({
      attachments: [{ ...dataset, dids: [file(fresh())], rse: 'ONE' }],
      ignore_duplicate: true,
    }),
    needs: ['attachments'],
  },
  { route: 'POST /dids/bulkfiles', body: () => ({ dids: [dataset] }) },
  {
    route: 'POST /dids/:scope/:name/meta',
    params: atDataset,
    body: () => ({ meta: { project: 'x', colour: 'blue' }, recursive: true }),
    needs: ['meta'],
  },
  {
    route: 'POST /dids/:scope/:name/meta/:key',
    params: () => ({ ...dataset, key: 'project' }),
    body: () => ({ value: 'x', recursive: false }),
    needs: ['value'],
  },
  {
    route: 'POST /dids/bulkmeta',
    body: () => ({ dids: [dataset], plugin: 'ALL', inherit: true }),
    needs: ['dids'],
  },
  {
    route: 'POST /dids/bulkdidsmeta',
    body: () => ({ dids: [{ ...dataset, meta: { project: 'y' } }] }),
    needs: ['dids'],
  },
  {
    route: 'POST /heartbeats',
    body: () => ({ executable: 'x', hostname: 'h', pid: 7, older_than: 600, payload: 'p' }),
    needs: ['executable', 'hostname', 'pid'],
  },
  { route: 'POST /locks/bulk_locks_for_dids', body: () => ({ dids: [dataset] }), needs: ['dids'] },
  ...[
    '/accounts/:account/limits/local/:rse',
    '/accountlimits/local/:account/:rse',
    '/accountlimits/:account/:rse',
    '/accounts/:account/limits/global/:expression',
    '/accountlimits/global/:account/:expression',
  ].map((path) => ({
    route: `POST ${path}`,
    params: () => ({ account: 'guest', rse: 'ONE', expression: 'ONE' }),
    body: () => ({ bytes: 1000 }),
    needs: ['bytes'],
  })),
  {
    route: 'POST /replicas',
    body: ({ fresh }) => ({ rse: 'ONE', files: [file(fresh())], ignore_availability: true }),
    needs: ['rse', 'files'],
  },
  {
    route: 'PUT /replicas',
    body: () => ({ rse: 'ONE', files: [{ ...known, state: 'A' }] }),
    needs: ['rse', 'files'],
  },
  { route: 'DELETE /replicas', body: () => ({ rse: 'ONE', files: [known] }), refused: true },
  {
    route: 'POST /replicas/list',
    body: () => ({
      dids: [known],
      schemes: ['davs'],
      unavailable: false,
      ignore_availability: true,
      all_states: true,
      rse_expression: 'ONE',
      domain: 'wan',
      resolve_archives: true,
      resolve_parents: true,
      updated_after: '2020-01-01T00:00:00',
      nrandom: 1,
      sort: 'random',
      signature_lifetime: 60,
      client_location: { ip: '127.0.0.1', site: 'x', latitude: 1, longitude: 1 },
    }),
    needs: ['dids'],
  },
  { route: 'POST /replicas/datasets_bulk', body: () => ({ dids: [dataset] }), needs: ['dids'] },
  {
    route: 'POST /replicas/tombstone',
    body: () => ({ replicas: [{ scope: 'test', name: 'f.1', rse: 'ONE' }] }),
  },
  {
    route: 'POST /replicas/dids',
    body: () => ({ pfns: ['davs://one.example.org/data/x'], rse: 'ONE' }),
    needs: ['rse'],
  },
  {
    route: 'POST /replicas/bad',
    body: () => ({ replicas: [{ ...atTwo, rse: 'TWO' }], pfns: [], reason: 'why', force: false }),
  },
  {
    route: 'POST /replicas/suspicious',
    body: () => ({ pfns: ['davs://one.example.org/data/x'], reason: 'why' }),
  },
  {
    route: 'POST /replicas/bad/dids',
    body: () => ({ dids: [atTwo], rse: 'TWO', reason: 'why', expires_at: soon() }),
    needs: ['rse'],
  },
  {
    route: 'POST /replicas/bad/pfns',
    body: () => ({
      pfns: ['davs://two.example.org/data/x'],
      state: 'TEMPORARY_UNAVAILABLE',
      reason: 'why',
      expires_at: soon(),
    }),
    needs: ['state', 'expires_at'],
  },
  {
    route: 'POST /replicas/quarantine',
    body: ({ fresh }) => ({ replicas: [{ path: `/x/${fresh()}`, scope: 'test', name: 'q' }], rse: 'ONE' }),
    needs: ['rse'],
  },
  {
    route: 'POST /credentials/storage-tokens',
    body: () => ({ items: [{ rse: 'ONE', ...known, operation: 'read' }] }),
    needs: ['items'],
  },
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
  {
    route: 'POST /rules',
    body: rule,
    params: async (world) => {
      await world.rule();
      return {};
    },
    needs: ['dids', 'account', 'copies', 'rse_expression'],
  },
  {
    route: 'PUT /rules/:rule_id',
    params: async (world) => ({ rule_id: await world.rule() }),
    body: () => ({
      options: {
        comment: 'c',
        locked: false,
        lifetime: 1000,
        account: 'root',
        activity: 'Debug',
        source_replica_expression: 'ONE',
        priority: 3,
        eol_at: '2100-01-01T00:00:00',
        meta: { a: 1 },
        purge_replicas: false,
        boost_rule: true,
      },
    }),
    needs: ['options'],
  },
  {
    route: 'DELETE /rules/:rule_id',
    params: async (world) => ({ rule_id: await world.rule() }),
    body: () => ({ purge_replicas: true }),
  },
  {
    route: 'POST /rules/:rule_id/reduce',
    params: async (world) => ({ rule_id: await world.rule() }),
    body: () => ({ copies: 1, exclude_expression: 'TWO' }),
    needs: ['copies'],
  },
  {
    route: 'POST /rules/:rule_id/move',
    params: async (world) => ({ rule_id: await world.rule() }),
    body: () => ({ rse_expression: 'THREE', override: { copies: 1 }, activity: 'Debug' }),
    needs: ['rse_expression'],
  },
  ...['/traces', '/nongrid_traces'].map((path) => ({
    route: `POST ${path}`,
    body: () => ({ uuid: 'x', eventType: 'get', filename: 'f.0', scope: 'test' }),
  })),
];

/** Query parameters that an endpoint reads, by the start of its path. */
export const queryNames: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^\/accounts\b/, ['account_type', 'identity', 'account', 'nobody_knows']],
  [
    /^\/accounts\/:account\/rules|^\/rules$/,
    [
      'scope',
      'name',
      'account',
      'activity',
      'state',
      'rse_expression',
      'created_before',
      'created_after',
      'updated_before',
      'updated_after',
      'did_type',
      'copies',
      'nobody_knows',
    ],
  ],
  [/^\/identities\/accounts/, ['identity_key', 'type']],
  [
    /^\/dids/,
    [
      'name',
      'recursive',
      'long',
      'limit',
      'type',
      'filters',
      'dynamic',
      'dynamic_depth',
      'plugin',
      'key',
      'created_after',
      'length.gt',
    ],
  ],
  [/^\/rules\/:rule_id\/explain/, ['reason', 'after']],
  [/^\/locks/, ['did_type']],
  [/^\/reaper/, ['rse']],
  [
    /^\/replicas\/(bad|suspicious)/,
    [
      'state',
      'rse',
      'younger_than',
      'older_than',
      'limit',
      'rse_expression',
      'from_date',
      'to_date',
      'nattempts',
      'list_pfns',
    ],
  ],
  [/^\/replicas\/:scope|^\/redirect/, ['schemes', 'sort', 'select', 'limit', 'rse', 'site', 'deep']],
  [/^\/credentials/, ['rse', 'url', 'svc', 'op', 'lifetime']],
  [
    /^\/requests/,
    [
      'src_rse',
      'dst_rse',
      'src_site',
      'dst_site',
      'request_states',
      'offset',
      'limit',
      'activity',
      'group_by_rse_attribute',
      'format',
    ],
  ],
  [
    /^\/rses/,
    ['expression', 'per_account', 'source', 'lfn', 'domain', 'operation', 'scheme', 'bidirectional'],
  ],
  [/^\/export/, ['distance']],
];
