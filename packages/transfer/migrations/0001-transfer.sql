-- Jobs and files of the transfer service; names as the field's REST answers call them.

create table jobs (
  job_id            uuid primary key,
  job_type          text not null check (job_type in ('N', 'R', 'Y', 'H')),
  job_state         text not null,
  user_dn           text not null,
  vo_name           text not null,
  cred_id           text not null,
  priority          smallint not null,
  retry             smallint not null,
  retry_delay       integer not null,
  verify_checksum   text not null check (verify_checksum in ('s', 't', 'b', 'n')),
  overwrite_flag    text check (overwrite_flag in ('Y', 'R', 'D', 'M', 'Q')),
  max_time_in_queue integer,
  dst_file_report   boolean not null,
  cancel_job        boolean not null default false,
  submit_time       timestamptz not null,
  job_finished      timestamptz,
  source_se         text,
  dest_se           text,
  reason            text,
  params            json not null,
  job_metadata      json
);
create index jobs_of_user on jobs (user_dn, submit_time desc);
create index jobs_unfinished on jobs (submit_time) where job_finished is null;
create index jobs_finished on jobs (job_finished) where job_finished is not null;

create table files (
  file_id            bigint generated always as identity primary key,
  job_id             uuid not null references jobs on delete cascade,
  file_index         integer not null,
  file_state         text not null check (file_state in ('SUBMITTED', 'ACTIVE', 'FINISHED', 'FAILED', 'CANCELED', 'NOT_USED')),
  source_se          text not null,
  dest_se            text not null,
  source_surl        text not null,
  dest_surl          text not null,
  activity           text not null,
  selection_strategy text,
  user_filesize      bigint,
  checksum           text,
  filesize           bigint,
  transferred        bigint,
  scitag             integer,
  -- attempts counts every start and fences them; retry only those the user's `retry` allows.
  attempts           integer not null default 0,
  retry              integer not null default 0,
  retry_at           timestamptz,
  deadline           timestamptz,
  waiting_since      timestamptz not null,
  first_started      timestamptz,
  start_time         timestamptz,
  finish_time        timestamptz,
  tx_duration        double precision,
  throughput         double precision,
  recoverable        boolean,
  already_there      boolean not null default false,
  reason             text,
  reason_code        text,
  reason_facts       json,
  file_metadata      json,
  staging_metadata   json,
  archive_metadata   json,
  -- AES-256-GCM under the key in the state directory; erased when the file ends.
  sealed_tokens      bytea
) with (fillfactor = 80);
create index files_of_job on files (job_id);
create index files_open on files (file_id) where file_state in ('SUBMITTED', 'ACTIVE');
create index files_deadline on files (deadline) where file_state = 'SUBMITTED' and deadline is not null;

create table attempts (
  file_id     bigint not null references files on delete cascade,
  attempt     integer not null,
  state       text not null,
  source_surl text not null,
  mode        text,
  started_at  timestamptz not null,
  ended_at    timestamptz,
  bytes       bigint,
  reason_code text,
  facts       json,
  reason      text,
  primary key (file_id, attempt)
);

-- Outcomes in the order of their commits: written by one writer, in the transaction of the change itself.
create table events (
  seq     bigint primary key,
  at      timestamptz not null,
  payload json not null
);
create index events_at on events (at);

-- What operators set: kind is link, se, global, shares or activity_shares.
create table settings (
  kind  text not null,
  name  text not null,
  value json not null,
  primary key (kind, name)
);

create table bans (
  se            text primary key,
  vo            text not null,
  status        text not null,
  message       text,
  admin_dn      text not null,
  addition_time timestamptz not null
);
