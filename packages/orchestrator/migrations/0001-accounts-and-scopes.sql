-- Rooms accounts, scopes: who may ask, and the namespaces that names live in.

create table accounts (
  account text primary key,
  account_type text not null check (account_type in ('USER', 'GROUP', 'SERVICE')),
  status text not null default 'ACTIVE' check (status in ('ACTIVE', 'SUSPENDED', 'DELETED')),
  email text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  suspended_at timestamptz,
  deleted_at timestamptz
);

create table account_attributes (
  account text not null references accounts,
  key text not null,
  value text not null,
  created_at timestamptz not null default now(),
  primary key (account, key)
);

create table identities (
  identity text not null,
  identity_type text not null check (identity_type in ('X509', 'GSS', 'USERPASS', 'SSH', 'SAML', 'OIDC')),
  email text,
  -- scrypt: salt and derived key; only for USERPASS
  password_salt bytea,
  password_hash bytea,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (identity, identity_type)
);

create table identity_accounts (
  identity text not null,
  identity_type text not null,
  account text not null references accounts,
  is_default boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (identity, identity_type, account),
  foreign key (identity, identity_type) references identities
);
create index on identity_accounts (account);

-- Rucio tokens: only the SHA-256 of the token is kept.
create table tokens (
  token_sha256 bytea primary key,
  account text not null references accounts,
  identity text not null,
  ip text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index on tokens (expires_at);

-- Texts to be signed with an SSH key, each good once and for seconds. Not secret.
create table ssh_challenges (
  challenge text primary key,
  account text not null references accounts,
  expires_at timestamptz not null
);
create index on ssh_challenges (account, expires_at);

create table scopes (
  scope text primary key,
  account text not null references accounts,
  status char(1) not null default 'O' check (status in ('O', 'C', 'D')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  closed_at timestamptz,
  deleted_at timestamptz
);
create index on scopes (account);

create table config (
  section text not null,
  option text not null,
  value text not null,
  updated_at timestamptz not null default now(),
  primary key (section, option)
);

create table heartbeats (
  executable text not null,
  hostname text not null,
  pid integer not null,
  thread_name text not null,
  payload text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (executable, hostname, pid, thread_name)
);
