-- Rooms dids, replicas: every file, dataset and container, what is in what, and where the copies are.
--
-- A DID has a number inside (id); the field's key (scope, name) is unique and is what the wire speaks.

create table dids (
  id bigint generated always as identity primary key,
  scope text not null references scopes,
  name text not null,
  -- F file, D dataset, C container
  did_type char(1) not null check (did_type in ('F', 'D', 'C')),
  account text not null,
  -- files: size; closed collections: frozen sum
  bytes bigint,
  length bigint,
  events bigint,
  adler32 text,
  md5 text,
  guid text,
  is_open boolean,
  monotonic boolean not null default false,
  hidden boolean not null default false,
  obsolete boolean not null default false,
  complete boolean,
  is_new boolean not null default true,
  availability char(1) not null default 'A' check (availability in ('A', 'L', 'D')),
  suppressed boolean not null default false,
  purge_replicas boolean not null default true,
  is_archive boolean,
  constituent boolean,
  transient boolean not null default false,
  access_cnt bigint,
  accessed_at timestamptz,
  closed_at timestamptz,
  expired_at timestamptz,
  eol_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  project text,
  datatype text,
  run_number bigint,
  stream_name text,
  prod_step text,
  version text,
  campaign text,
  task_id bigint,
  panda_id bigint,
  lumiblocknr bigint,
  provenance text,
  phys_group text,
  -- free metadata (the JSON plugin)
  meta jsonb,
  constraint dids_key unique (scope, name)
);
create index dids_guid on dids (guid) where guid is not null;
create index dids_expired on dids (expired_at) where expired_at is not null;
create index dids_new on dids (id) where is_new;
create index dids_collections on dids (scope, name) where did_type <> 'F';
create index dids_meta on dids using gin (meta jsonb_path_ops) where meta is not null;

-- Names that were deleted may not come back with other bytes; kept also for resurrection.
create table deleted_dids (
  scope text not null,
  name text not null,
  did_type char(1) not null,
  record jsonb not null,
  deleted_at timestamptz not null default now(),
  primary key (scope, name)
);

-- No foreign keys: they check row by row, half the time of attaching. Attaching locks parents and children in its one
-- statement instead, and the trigger below clears what a deleted DID leaves.
create table contents (
  parent_id bigint not null,
  child_id bigint not null,
  created_at timestamptz not null default now(),
  primary key (parent_id, child_id)
);
create index contents_child on contents (child_id);
create function clear_contents() returns trigger language plpgsql as $$
begin
  delete from contents c using gone where c.parent_id = gone.id;
  delete from contents c using gone where c.child_id = gone.id;
  return null;
end $$;
create trigger dids_clear_contents after delete on dids
  referencing old table as gone for each statement execute function clear_contents();

create table contents_history (
  scope text not null,
  name text not null,
  child_scope text not null,
  child_name text not null,
  did_type char(1) not null,
  child_type char(1) not null,
  bytes bigint,
  adler32 text,
  md5 text,
  did_created_at timestamptz,
  created_at timestamptz,
  deleted_at timestamptz not null default now()
);
create index on contents_history (scope, name);

create table archive_contents (
  archive_id bigint not null references dids on delete cascade,
  child_id bigint not null references dids on delete cascade,
  primary key (archive_id, child_id)
);
create index on archive_contents (child_id);

create table did_followers (
  did_id bigint not null references dids on delete cascade,
  account text not null,
  created_at timestamptz not null default now(),
  primary key (did_id, account)
);

-- Conventions on metadata keys (meta_conventions).
create table did_keys (
  key text primary key,
  key_type text not null,
  value_type text,
  value_regexp text,
  is_enum boolean not null default false,
  created_at timestamptz not null default now()
);
create table did_key_values (
  key text not null references did_keys,
  value text not null,
  created_at timestamptz not null default now(),
  primary key (key, value)
);

create table replicas (
  did_id bigint not null references dids,
  -- no foreign key: it would lock the one row of the RSE once per copy, and rows of RSEs are never deleted
  rse_id uuid not null,
  bytes bigint not null,
  -- A available, U unavailable, C copying, B being deleted, D bad, T temporary unavailable
  state char(1) not null check (state in ('A', 'U', 'C', 'B', 'D', 'T')),
  lock_cnt integer not null default 0 check (lock_cnt >= 0),
  -- from when on it may be deleted; only looked at when lock_cnt = 0
  tombstone timestamptz,
  -- explicit path of a non-deterministic RSE, below the protocol's prefix
  path text,
  accessed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- deletion: attempts, back-off, and why it has not happened yet
  deletion_attempts smallint not null default 0,
  deletion_after timestamptz,
  reason text,
  reason_facts jsonb,
  reason_since timestamptz,
  primary key (did_id, rse_id)
) with (fillfactor = 80);
-- what the reaper has in its hands: counts as freed already
create index replicas_being_deleted on replicas (rse_id) include (bytes) where state = 'B';
create index replicas_deletable on replicas (rse_id, tombstone) where lock_cnt = 0 and tombstone is not null;
create index replicas_rse on replicas (rse_id, did_id);
create index replicas_path on replicas (rse_id, path) where path is not null;

-- Copies of a dataset at an RSE: files and bytes present (any state) and available. Base + deltas as in the counters.
create table collection_replicas (
  did_id bigint not null references dids on delete cascade,
  rse_id uuid not null references rses,
  length bigint not null default 0,
  bytes bigint not null default 0,
  available_length bigint not null default 0,
  available_bytes bigint not null default 0,
  accessed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (did_id, rse_id)
);
create index on collection_replicas (rse_id);
create table collection_replica_deltas (
  id bigint generated always as identity primary key,
  did_id bigint not null references dids on delete cascade,
  rse_id uuid not null,
  length bigint not null,
  bytes bigint not null,
  available_length bigint not null,
  available_bytes bigint not null
);
create index on collection_replica_deltas (did_id);
create view collection_replicas_now as
  select did_id, rse_id, sum(length)::bigint as length, sum(bytes)::bigint as bytes,
         sum(available_length)::bigint as available_length, sum(available_bytes)::bigint as available_bytes,
         max(accessed_at) as accessed_at, min(created_at) as created_at, max(updated_at) as updated_at
  from (select did_id, rse_id, length, bytes, available_length, available_bytes, accessed_at, created_at, updated_at
          from collection_replicas
        union all
        select did_id, rse_id, length, bytes, available_length, available_bytes, null, null, null
          from collection_replica_deltas) c
  group by did_id, rse_id;

-- What was said against copies: bad, suspicious, temporarily unavailable.
create table bad_replicas (
  id bigint generated always as identity primary key,
  scope text not null,
  name text not null,
  rse_id uuid not null references rses,
  -- B bad, D deleted, L lost, R recovered, S suspicious, T temporary unavailable
  state char(1) not null,
  reason text,
  account text not null,
  bytes bigint,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index on bad_replicas (rse_id, scope, name, state);
create index on bad_replicas (state, created_at);
create table bad_pfns (
  path text not null,
  state char(1) not null,
  reason text,
  account text not null,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (path, state)
);
create table quarantined_replicas (
  rse_id uuid not null references rses,
  path text not null,
  bytes bigint,
  md5 text,
  scope text,
  name text,
  created_at timestamptz not null default now(),
  primary key (rse_id, path)
);
