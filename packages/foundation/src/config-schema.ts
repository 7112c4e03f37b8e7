/**
 * The configuration of Leman, in one place: what may be set, of which type, with which default. The type of a
 * configuration, its checks, its environment variables and docs/reference/configuration.md all come from here.
 *
 * It is plain JSON Schema (TypeBox reads the type from it at compile time), so that nothing is loaded at run time.
 */
export const storageSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['rse', 'site'],
  properties: {
    rse: {
      type: 'string',
      pattern: '^[A-Z0-9]([A-Z0-9_-]{1,253})$',
      description: 'Name of the RSE, capital letters.',
    },
    site: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$', description: 'Site it stands at.' },
    qos: {
      type: 'string',
      description: 'QoS class told as RSE attribute QOS: FAST, SAFE, CHEAP-ANALYSIS, OPPORTUNISTIC.',
    },
    tier: { type: 'integer', minimum: 0, maximum: 4, description: 'Tier of the site (RSE attribute tier).' },
    greedyDeletion: {
      type: 'boolean',
      description: 'Whether unwanted copies are deleted at once instead of when space is needed.',
    },
    capacity: { type: 'integer', minimum: 1, description: 'Bytes it may hold; beyond that it answers 507.' },
    bytesPerSecond: {
      type: 'integer',
      minimum: 1,
      description: 'Simulates a slow storage: bytes per second of all its traffic.',
    },
    latencyMs: {
      type: 'integer',
      minimum: 0,
      maximum: 60000,
      description: 'Simulates a far storage: milliseconds added to each request.',
    },
  },
} as const;

export const configSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    home: {
      type: 'string',
      default: '.leman',
      description: 'Directory of all state. Not in the file, which lies in it.',
    },
    host: {
      type: 'string',
      default: '127.0.0.1',
      description: 'Address to listen on. Anything but a loopback address opens the lake to the network.',
    },
    port: {
      type: 'integer',
      minimum: 0,
      maximum: 65000,
      default: 4870,
      description:
        'Port of the lake (REST and pages). The transfer service listens on the next one, the storages on those after it. 0: free ports, kept in the home.',
    },
    publicHost: {
      type: 'string',
      description:
        'Host name in the addresses given to clients and storages. Default: the host, or localhost for a wildcard address.',
    },
    issuer: {
      type: 'string',
      pattern: '^https?://[^\\s/?#]+(/[^\\s?#]*)?$',
      description:
        'URL that the tokens for storages name as their issuer. Storages of others fetch the keys below it, and most want https: give the address of the lake behind its reverse proxy. Default: the address of the lake.',
    },
    trustedIssuers: {
      type: 'string',
      pattern: '^\\s*https?://[^\\s/?#]+\\S*(\\s+https?://[^\\s/?#]+\\S*)*\\s*$',
      description:
        'Issuers of other lakes whose tokens open the storages here too: URLs with blanks between them. Their tokens name their paths; give each lake a directory of its own.',
    },
    publicCopiesOnly: {
      type: 'boolean',
      default: false,
      description:
        'Whether the storages copy only from and to public addresses. Loopback and private ones are refused then: whoever may start a copy could reach services inside your network. Off as it comes, for lakes on one machine or in one private network. Link-local addresses are always refused.',
    },
    databaseUrl: {
      type: 'string',
      env: 'DATABASE_URL',
      description:
        'postgres:// URL of a PostgreSQL 15 or newer. Default: a PostgreSQL of our own inside the home.',
    },
    empty: {
      type: 'boolean',
      default: false,
      description: 'Makes no sample accounts and datasets at the first start.',
    },
    logLevel: {
      type: 'string',
      enum: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
      default: 'info',
      description: 'What is written to HOME/leman.log.',
    },
    adminPassword: {
      type: 'string',
      minLength: 8,
      secret: true,
      description:
        'Password of the root account, made up at the first start when not given. Environment only.',
    },
    tokenLifetime: {
      type: 'integer',
      minimum: 60,
      maximum: 604800,
      default: 3600,
      description: 'Seconds a login lasts.',
    },
    storageTokenLifetime: {
      type: 'integer',
      minimum: 60,
      maximum: 86400,
      default: 3600,
      description: 'Seconds a token for one upload or download lasts.',
    },
    ruleDeletionDelay: {
      type: 'integer',
      minimum: 0,
      default: 3600,
      description: 'Seconds between the deletion of a rule and the release of its copies.',
    },
    ownerMayDeleteRules: {
      type: 'boolean',
      default: true,
      description: 'Whether the owner of a rule may delete it.',
    },
    backgroundLocks: {
      type: 'integer',
      minimum: 1,
      default: 10000,
      description: 'Locks (files x copies) from which on a rule is laid out in the background.',
    },
    storages: {
      type: 'array',
      items: storageSchema,
      description:
        'The storage elements that Leman runs itself; one that is added joins at the next start. File only.',
      default: [
        { rse: 'ALPHA-DISK', site: 'ALPHA', qos: 'SAFE', tier: 1, capacity: 20_000_000_000 },
        {
          rse: 'ALPHA-FAST',
          site: 'ALPHA',
          qos: 'FAST',
          tier: 1,
          greedyDeletion: true,
          capacity: 5_000_000_000,
        },
        { rse: 'BETA-DISK', site: 'BETA', qos: 'CHEAP-ANALYSIS', tier: 2, capacity: 20_000_000_000 },
        {
          rse: 'GAMMA-SLOW',
          site: 'GAMMA',
          qos: 'OPPORTUNISTIC',
          tier: 3,
          capacity: 10_000_000_000,
          bytesPerSecond: 2_000_000,
          latencyMs: 120,
        },
      ],
    },
  },
} as const;
