import type Postgres from 'postgres';
import { postgres } from './load-postgres.ts';
import type { Log } from './log.ts';

export type Sql = Postgres.Sql<Record<string, unknown>>;
export type Transaction = Postgres.TransactionSql<Record<string, unknown>>;
/** Where an operation may run: on the pool or inside a transaction somebody else opened. */
export type Queryable = Sql | Transaction;

export interface DatabaseOptions {
  /** postgres:// URL, or `socket:/dir?db=name` of the embedded server (host = directory of the socket). */
  url: string;
  /** Schema that unqualified names live in: one per service. */
  schema: string;
  /** Connections of the pool. */
  max?: number;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
  log?: Log;
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Opens a pool. Types: int8 and numeric become numbers (a value beyond 2^53 is an error, never rounded), uuid
 * becomes 32 hex digits without dashes (the field's form of an id; dashes are accepted on the way in), timestamps
 * become Date, json is parsed.
 */
export const openDatabase = (options: DatabaseOptions): Sql => {
  const socket = /^socket:([^?]+)\?db=(\w+)$/.exec(options.url);
  const common: Postgres.Options<Record<string, Postgres.PostgresType>> = {
    max: options.max ?? 8,
    idle_timeout: 60,
    max_lifetime: 60 * 60,
    connect_timeout: 10,
    // Seconds between tries. The driver's own waits grow to 20 s within one restart of the server.
    backoff: (tries: number) => Math.min(0.02 * 2 ** Math.min(tries, 6), 0.5),
    connection: {
      application_name: options.applicationName ?? 'leman',
      search_path: `${options.schema},public`,
      TimeZone: 'UTC',
    },
    types: {
      integer8: {
        to: 20,
        from: [20],
        serialize: (value: number | bigint | string) => String(value),
        parse: (text: string) => {
          const value = Number(text);
          if (!Number.isSafeInteger(value) && BigInt(text) > MAX_SAFE)
            throw new RangeError(`int8 ${text} is beyond 2^53`);
          return value;
        },
      },
      numeric: { to: 1700, from: [1700], serialize: String, parse: Number },
      uuid: {
        to: 2950,
        from: [2950],
        serialize: String,
        parse: (text: string) => text.replaceAll('-', ''),
      },
    },
    onnotice: (notice) => options.log?.debug({ notice }, 'database notice'),
  };
  return (socket
    ? postgres({ ...common, host: socket[1]!, database: socket[2]!, username: 'leman' })
    : postgres(options.url, common)) as unknown as Sql;
};

/** SQLSTATE of a database error, e.g. '23505' (unique violation); undefined for anything else. */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof postgres.PostgresError ? error.code : undefined;

/** Name of the constraint that a statement violated. */
export const violatedConstraint = (error: unknown): string | undefined =>
  error instanceof postgres.PostgresError ? error.constraint_name : undefined;

/** True when the connection was lost or the server is starting or stopping: the work may be tried again. */
export const isConnectionLoss = (error: unknown): boolean => {
  const code = (error as { code?: string } | null)?.code ?? '';
  return (
    /^(08|57P0|ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|CONNECTION_)/.test(code) || code === 'CONNECT_TIMEOUT'
  );
};
