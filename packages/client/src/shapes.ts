/** What the lake answers. Dates are wire dates (`parseDate` reads them), sizes bytes. */

export interface DidName {
  scope: string;
  name: string;
}
export type DidKind = 'FILE' | 'DATASET' | 'CONTAINER';

export interface Did extends DidName {
  type: DidKind;
  account: string;
  open?: boolean;
  monotonic?: boolean;
  expired_at: string | null;
  length?: number | null;
  bytes?: number | null;
  md5?: string | null;
  adler32?: string | null;
}
export interface DidHit extends DidName {
  did_type: DidKind;
  bytes: number | null;
  length: number | null;
}
export interface DidContent extends DidName {
  type: DidKind;
  bytes: number | null;
  adler32: string | null;
  md5: string | null;
}
export interface DidFile extends DidName {
  bytes: number;
  adler32: string | null;
  guid: string | null;
  events: number | null;
}
export type Metadata = Record<string, unknown>;

export interface NewFile extends DidName {
  bytes: number;
  adler32?: string;
  md5?: string;
  meta?: Metadata;
  state?: string;
  pfn?: string;
}

export interface Pfn {
  rse: string;
  rse_id: string;
  type: string;
  volatile: boolean;
  domain: string;
  priority: number;
  client_extract: boolean;
}
export interface Replica extends DidName {
  bytes: number;
  adler32: string | null;
  md5: string | null;
  /** By address, best first by `priority`. */
  pfns: Record<string, Pfn>;
  /** Addresses by RSE. */
  rses: Record<string, string[]>;
  /** State by RSE, e.g. AVAILABLE. */
  states: Record<string, string>;
}
export interface DatasetReplica extends DidName {
  rse: string;
  rse_id: string;
  bytes: number;
  length: number;
  available_bytes: number;
  available_length: number;
  state: string;
  created_at: string | null;
  updated_at: string | null;
  accessed_at: string | null;
}

export interface Rse {
  id: string;
  rse: string;
  rse_type: string;
  deterministic: boolean;
  volatile: boolean;
  staging_area: boolean;
  availability: number;
  availability_read: boolean;
  availability_write: boolean;
  availability_delete: boolean;
  city: string | null;
  country_name: string | null;
  longitude: number | null;
  latitude: number | null;
  qos_class: string | null;
}
export interface RseProtocol {
  scheme: string;
  hostname: string;
  port: number;
  prefix: string;
  impl: string;
  domains: { lan: Record<string, number>; wan: Record<string, number> };
  extended_attributes: unknown;
}
export interface RseDetails extends Rse {
  protocols: RseProtocol[];
  lfn2pfn_algorithm: string;
  sign_url: string | null;
  verify_checksum: boolean;
}
export interface RseUsage {
  rse: string;
  rse_id: string;
  source: string;
  used: number;
  free: number | null;
  total: number;
  files: number | null;
  updated_at: string;
}
export interface Distance {
  src_rse: string;
  dest_rse: string;
  distance: number;
  ranking: number;
}

export interface Account {
  account: string;
  account_type: string;
  status: string;
  email: string | null;
  created_at: string;
  suspended_at: string | null;
  deleted_at: string | null;
}
export interface AccountUsage {
  rse: string;
  rse_id: string;
  bytes: number;
  files: number;
  /** Infinity: no limit. */
  bytes_limit: number;
  bytes_remaining: number;
}

export type RuleState = 'REPLICATING' | 'OK' | 'STUCK' | 'SUSPENDED' | 'WAITING_APPROVAL' | 'INJECT';
export interface Rule extends DidName {
  id: string;
  did_type: DidKind;
  account: string;
  copies: number;
  rse_expression: string;
  state: RuleState;
  grouping: string;
  weight: string | null;
  activity: string;
  priority: number;
  locked: boolean;
  comments: string | null;
  error: string | null;
  locks_ok_cnt: number;
  locks_replicating_cnt: number;
  locks_stuck_cnt: number;
  source_replica_expression: string | null;
  purge_replicas: boolean;
  ignore_availability: boolean;
  split_container: boolean;
  notification: string;
  child_rule_id: string | null;
  stuck_at: string | null;
  expires_at: string | null;
  eol_at: string | null;
  created_at: string;
  updated_at: string;
  bytes?: number | null;
}
export interface NewRule {
  dids: DidName[];
  copies: number;
  rse_expression: string;
  /** Left out: the own account. */
  account?: string;
  /** Seconds. */
  lifetime?: number;
  grouping?: 'ALL' | 'DATASET' | 'NONE';
  weight?: string;
  locked?: boolean;
  source_replica_expression?: string;
  activity?: string;
  comment?: string;
  priority?: number;
  purge_replicas?: boolean;
  ignore_availability?: boolean;
  ask_approval?: boolean;
  asynchronous?: boolean;
  /** Seconds. */
  delay_injection?: number;
  split_container?: boolean;
}
/** What PUT /rules/{id} takes. lifetime: seconds from now, null for none. */
export interface RuleOptions {
  comment?: string;
  locked?: boolean;
  lifetime?: number | null;
  account?: string;
  state?: 'SUSPENDED' | 'STUCK';
  activity?: string;
  source_replica_expression?: string | null;
  cancel_requests?: boolean;
  priority?: number;
  purge_replicas?: boolean;
  boost_rule?: boolean;
  approve?: boolean;
}
export interface RuleAnalysis {
  rule_error: string | null;
  transfers: {
    scope: string;
    name: string;
    rse: string;
    attempts: number;
    last_error: string | null;
    last_source: string | null;
    last_time: string | null;
  }[];
}
export interface RuleLock extends DidName {
  rse: string;
  rse_id: string;
  rule_id: string;
  state: 'REPLICATING' | 'OK' | 'STUCK';
}
export interface DatasetLock extends DidName {
  rse: string;
  rse_id: string;
  rule_id: string;
  account: string;
  state: string;
  length: number | null;
  bytes: number | null;
}

export interface TransferRequest extends DidName {
  id: string;
  request_type: string;
  state: string;
  dest_rse_id: string;
  source_rse_id: string | null;
  dest_rse?: string;
  source_rse?: string | null;
  bytes: number | null;
  activity: string;
  retry_count: number;
  err_msg: string | null;
  external_id: string | null;
  external_host: string | null;
  rule_id: string | null;
  priority: number | null;
  requested_at: string | null;
  submitted_at: string | null;
  started_at: string | null;
  transferred_at: string | null;
  created_at: string | null;
}
