import type { Clock, Log, Sql, Wakeups } from '@leman/foundation';
import type { Issuer } from '@leman/tokens';

/** Settings of the orchestrator; the typed configuration of `leman` fills it. */
export interface OrchestratorSettings {
  /** External base URL, no trailing slash; also the issuer of storage tokens. */
  url: string;
  /** Version told by GET /ping. */
  version: string;
  /** Seconds a Rucio token lives. */
  tokenLifetime: number;
  /** Seconds a storage token of an upload or download lives. */
  storageTokenLifetime: number;
  /** FTS3 endpoint of the transfer service, e.g. http://127.0.0.1:4871; none: nothing is submitted. */
  transferUrl: string | undefined;
  /** PEM of the certificate authority that storages and the transfer service are verified against. */
  ca: string | undefined;
  /** Seconds between the deletion of a rule and its cleaning (the field: 3600). */
  ruleDeletionDelay: number;
  /** Whether the owner of a rule may delete it. */
  ownerMayDeleteRules: boolean;
  /** Locks (files x copies) above which a rule is laid out in the background. */
  backgroundLocks: number;
}

/** What every room works with. */
export interface Lake {
  sql: Sql;
  log: Log;
  clock: Clock;
  wakeups: Wakeups;
  issuer: Issuer;
  settings: OrchestratorSettings;
}

/** Who asks. */
export interface Caller {
  account: string;
  identity: string;
  /** The account named root. */
  isRoot: boolean;
  /** root, or an account with the attribute admin. */
  isAdmin: boolean;
  ip: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by authentication on every route that is not open. */
    caller: Caller;
  }
}
