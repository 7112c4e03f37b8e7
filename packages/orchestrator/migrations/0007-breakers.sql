-- Room rses: storages that closed themselves because an unusual share of their copies was about to be given up at once.

create table rse_breakers (
  rse_id uuid not null references rses,
  -- code of contracts/reasons: MASS_BAD, MASS_DELETION
  reason text not null,
  facts jsonb not null,
  since timestamptz not null,
  primary key (rse_id, reason)
);

-- Room recovery: how many copies were declared bad, by hour; those of the last day are kept.
create table bad_declarations (
  rse_id uuid not null references rses,
  hour timestamptz not null,
  declared bigint not null,
  primary key (rse_id, hour)
);
