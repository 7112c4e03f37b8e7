-- Rooms messages, traces: the outbox that hermes delivers, and what clients say they did.

-- At least once, in order of id; partitioned so that old events are dropped, not deleted.
create table messages (
  id bigint generated always as identity,
  event_type text not null,
  payload json not null,
  created_at timestamptz not null default now(),
  primary key (id, created_at)
) partition by range (created_at);
create table messages_default partition of messages default;

create table traces (
  id bigint generated always as identity,
  received_at timestamptz not null default now(),
  trace jsonb not null
) partition by range (received_at);
create table traces_default partition of traces default;
create index on traces (received_at);
