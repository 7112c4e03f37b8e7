-- Room rses: the storages, what they speak, how far apart they are, how full they are.

create table rses (
  id uuid primary key default gen_random_uuid(),
  rse text not null,
  rse_type text not null default 'DISK' check (rse_type in ('DISK', 'TAPE')),
  deterministic boolean not null default true,
  volatile boolean not null default false,
  staging_area boolean not null default false,
  availability_read boolean not null default true,
  availability_write boolean not null default true,
  availability_delete boolean not null default true,
  city text,
  region_code text,
  country_name text,
  continent text,
  time_zone text,
  isp text,
  asn text,
  longitude double precision,
  latitude double precision,
  qos_class text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- a deleted RSE keeps its row: history points at it
  deleted_at timestamptz
);
create unique index rses_name on rses (rse) where deleted_at is null;

create table rse_attributes (
  rse_id uuid not null references rses on delete cascade,
  key text not null,
  value text not null,
  created_at timestamptz not null default now(),
  primary key (rse_id, key)
);
create index on rse_attributes (key, value);

create table rse_protocols (
  rse_id uuid not null references rses on delete cascade,
  scheme text not null,
  hostname text not null default '',
  port integer not null default 0,
  prefix text not null default '',
  impl text not null,
  -- priorities: the lowest is best, null means not usable
  read_lan integer check (read_lan >= 0),
  write_lan integer check (write_lan >= 0),
  delete_lan integer check (delete_lan >= 0),
  read_wan integer check (read_wan >= 0),
  write_wan integer check (write_wan >= 0),
  delete_wan integer check (delete_wan >= 0),
  third_party_copy_read integer check (third_party_copy_read >= 0),
  third_party_copy_write integer check (third_party_copy_write >= 0),
  extended_attributes jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (rse_id, scheme, hostname, port)
);

create table rse_limits (
  rse_id uuid not null references rses on delete cascade,
  name text not null,
  value bigint not null,
  primary key (rse_id, name)
);

create table rse_qos_policies (
  rse_id uuid not null references rses on delete cascade,
  qos_policy text not null,
  primary key (rse_id, qos_policy)
);

-- What others say of an RSE (source: storage, srm, unavailable, ...). What the catalogue itself knows is in
-- rse_counters (source rucio).
create table rse_usage (
  rse_id uuid not null references rses on delete cascade,
  source text not null,
  used bigint not null,
  free bigint,
  files bigint,
  updated_at timestamptz not null default now(),
  primary key (rse_id, source)
);

create table rse_usage_history (
  rse_id uuid not null references rses on delete cascade,
  source text not null,
  used bigint,
  free bigint,
  files bigint,
  updated_at timestamptz not null default now()
);
create index on rse_usage_history (rse_id, source, updated_at);

create table distances (
  src_rse_id uuid not null references rses on delete cascade,
  dest_rse_id uuid not null references rses on delete cascade,
  distance integer not null,
  ranking integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (src_rse_id, dest_rse_id)
);
create index on distances (dest_rse_id);
