-- Rooms rules, locks, requests, conveyor: what must be where, what is missing, and what is being done about it.

create table rules (
  id uuid primary key default gen_random_uuid(),
  did_id bigint not null,
  scope text not null,
  name text not null,
  did_type char(1) not null,
  account text not null,
  subscription_id uuid,
  copies integer not null check (copies >= 1),
  rse_expression text not null,
  source_replica_expression text,
  weight text,
  -- A all, D dataset, N none
  grouping char(1) not null default 'D',
  notification char(1) not null default 'N',
  activity text not null default 'User Subscriptions',
  priority integer not null default 3,
  locked boolean not null default false,
  purge_replicas boolean not null default false,
  ignore_availability boolean not null default false,
  ignore_account_limit boolean not null default false,
  split_container boolean not null default false,
  comments text,
  meta text,
  child_rule_id uuid,
  -- R replicating, O ok, S stuck, U suspended, W waiting approval, I inject
  state char(1) not null,
  -- why it is in that state: reason code and facts; error is the field's text of it
  reason text,
  reason_facts jsonb,
  reason_since timestamptz,
  error text,
  locks_ok_cnt bigint not null default 0,
  locks_replicating_cnt bigint not null default 0,
  locks_stuck_cnt bigint not null default 0,
  stuck_at timestamptz,
  eol_at timestamptz,
  expires_at timestamptz,
  -- a rule in state I is laid out from then on
  inject_after timestamptz,
  -- how far it has been laid out: [dataset, file], both 0 when it has just begun
  injected_to bigint[],
  -- some files of the DID have no locks yet (reason tells why): the repairer lays it out again
  incomplete boolean not null default false,
  -- next look of the repairer / evaluator after a failure
  attempts smallint not null default 0,
  next_attempt_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
) with (fillfactor = 70);
create unique index rules_key on rules (did_id, account, rse_expression, copies);
create index rules_did on rules (did_id);
create index rules_name on rules (scope, name);
create index rules_account on rules (account);
create index rules_inject on rules (inject_after) where state = 'I';
create index rules_stuck on rules (next_attempt_at) where state = 'S';
create index rules_expires on rules (expires_at) where expires_at is not null;
create index rules_child on rules (child_rule_id) where child_rule_id is not null;

create table rules_history (
  id uuid not null,
  scope text not null,
  name text not null,
  did_type char(1) not null,
  account text not null,
  copies integer not null,
  rse_expression text not null,
  activity text,
  state char(1) not null,
  comments text,
  locks_ok_cnt bigint not null,
  locks_replicating_cnt bigint not null,
  locks_stuck_cnt bigint not null,
  error text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz not null default now(),
  primary key (id)
);
create index on rules_history (scope, name);

create table locks (
  -- no foreign key: it would lock the one row of the rule once per lock; a rule goes only after its last lock, under the
  -- judge's lock
  rule_id uuid not null,
  did_id bigint not null,
  rse_id uuid not null,
  bytes bigint not null,
  -- R replicating, O ok, S stuck
  state char(1) not null check (state in ('R', 'O', 'S')),
  repair_cnt smallint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (rule_id, did_id, rse_id)
) with (fillfactor = 85);
create index locks_replica on locks (did_id, rse_id);
create index locks_stuck on locks (rule_id) where state = 'S';

create table dataset_locks (
  rule_id uuid not null references rules on delete cascade,
  did_id bigint not null,
  rse_id uuid not null,
  state char(1) not null,
  length bigint,
  bytes bigint,
  accessed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (rule_id, did_id, rse_id)
);
create index on dataset_locks (did_id);
create index on dataset_locks (rse_id, did_id, rule_id);

-- Queue of the judge-evaluator: children that were attached to (A) or detached from (D) a collection, one row a call.
create table updated_dids (
  id bigint generated always as identity primary key,
  did_id bigint not null,
  action char(1) not null check (action in ('A', 'D')),
  children bigint[] not null,
  attempts smallint not null default 0,
  next_attempt_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);

create table requests (
  id uuid primary key default gen_random_uuid(),
  request_type char(1) not null default 'T',
  did_id bigint not null,
  dest_rse_id uuid not null,
  source_rse_id uuid,
  rule_id uuid,
  account text,
  activity text not null default 'User Subscriptions',
  priority integer not null default 3,
  bytes bigint not null,
  -- Q queued, G submitting, S submitted, D done, F failed, N no sources, ... (contracts/enums)
  state char(1) not null default 'Q',
  source_replica_expression text,
  attributes jsonb,
  -- attempts before this one, and which sources failed: they are tried last
  retry_count smallint not null default 0,
  failed_sources uuid[] not null default '{}',
  transfertool text,
  external_host text,
  external_id text,
  dest_url text,
  source_url text,
  -- why it is in that state: reason code of contracts/reasons, facts at the decision, since when
  reason text not null default 'QUEUED',
  reason_facts jsonb,
  reason_since timestamptz not null default now(),
  err_msg text,
  -- not claimed before that; also the end of a claim (lease) while submitting
  next_attempt_at timestamptz not null default now(),
  requested_at timestamptz not null default now(),
  submitted_at timestamptz,
  started_at timestamptz,
  transferred_at timestamptz,
  last_processed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
create unique index requests_did on requests (did_id, dest_rse_id, request_type);
-- one lane per destination and priority: a full lane never hides another
create index requests_queued on requests (dest_rse_id, (least(greatest(priority, 1), 5)), next_attempt_at) where state = 'Q';
create index requests_canceled on requests (next_attempt_at) where state = 'U';
create index requests_waiting on requests (next_attempt_at) where state in ('N', 'W');
create index requests_waiting_id on requests (id) where state in ('N', 'W');
create index requests_leased on requests (next_attempt_at) where state = 'G';
create index requests_submitted on requests (last_processed_at) where state = 'S';
create index requests_mock on requests (id) where state = 'S' and transfertool = 'mock';
create index requests_ended on requests (updated_at) where state in ('D', 'F', 'L', 'A', 'M');
create index requests_external on requests (external_id) where external_id is not null;
create index requests_rule on requests (rule_id);

-- Every attempt at a request, kept for explain and for the history endpoints.
create table requests_history (
  request_id uuid not null,
  attempt smallint not null,
  request_type char(1) not null,
  scope text not null,
  name text not null,
  dest_rse_id uuid not null,
  source_rse_id uuid,
  rule_id uuid,
  account text,
  activity text,
  bytes bigint,
  state char(1) not null,
  external_host text,
  external_id text,
  dest_url text,
  source_url text,
  reason text,
  reason_facts jsonb,
  err_msg text,
  requested_at timestamptz,
  submitted_at timestamptz,
  started_at timestamptz,
  transferred_at timestamptz,
  created_at timestamptz not null default now()
) partition by range (created_at);
create table requests_history_default partition of requests_history default;
create index on requests_history (scope, name, dest_rse_id);
create index on requests_history (rule_id);
create index on requests_history (created_at);

-- How far the outcomes of a transfer service have been read (its event sequence number).
create table transfer_cursors (
  host text primary key,
  seq bigint not null,
  updated_at timestamptz not null default now()
);
