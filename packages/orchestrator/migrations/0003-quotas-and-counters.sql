-- Rooms quotas, counters: how much an account may use, and how much there is.
--
-- A counter is base + deltas: a change is an insert of a delta row in the transaction that makes it (no hot row), the
-- abacus folds deltas into the base, and readers sum both (the *_now views), so that a counter is right at every
-- instant.

create table account_limits (
  account text not null references accounts,
  rse_id uuid not null references rses on delete cascade,
  -- -1: unlimited
  bytes bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account, rse_id)
);

create table account_global_limits (
  account text not null references accounts,
  rse_expression text not null,
  bytes bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account, rse_expression)
);

-- Files and bytes locked by the rules of an account at an RSE.
create table account_usage (
  account text not null,
  rse_id uuid not null,
  files bigint not null,
  bytes bigint not null,
  updated_at timestamptz not null default now(),
  primary key (account, rse_id)
);
create table account_usage_deltas (
  id bigint generated always as identity primary key,
  account text not null,
  rse_id uuid not null,
  files bigint not null,
  bytes bigint not null
);
create view account_usage_now as
  select account, rse_id, sum(files)::bigint as files, sum(bytes)::bigint as bytes, max(updated_at) as updated_at
  from (select account, rse_id, files, bytes, updated_at from account_usage
        union all select account, rse_id, files, bytes, null from account_usage_deltas) u
  group by account, rse_id;

create table account_usage_history (
  account text not null,
  rse_id uuid not null,
  files bigint not null,
  bytes bigint not null,
  updated_at timestamptz not null default now()
);
create index on account_usage_history (account, rse_id, updated_at);

-- Files and bytes of the replicas at an RSE, whatever their state.
create table rse_counters (
  rse_id uuid primary key,
  files bigint not null,
  bytes bigint not null,
  updated_at timestamptz not null default now()
);
create table rse_counter_deltas (
  id bigint generated always as identity primary key,
  rse_id uuid not null,
  files bigint not null,
  bytes bigint not null
);
create view rse_counters_now as
  select rse_id, sum(files)::bigint as files, sum(bytes)::bigint as bytes, max(updated_at) as updated_at
  from (select rse_id, files, bytes, updated_at from rse_counters
        union all select rse_id, files, bytes, null from rse_counter_deltas) u
  group by rse_id;
