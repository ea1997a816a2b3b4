-- The vault and what belongs to it. Identities lie here, encrypted, and nowhere else.

-- Which keys this database was filled with: another key would make it unreadable, silently.
create table vault_key (
  name text primary key,
  fingerprint bytea not null
);

-- A person, as far as we know: known again by a keyed hash of NIK, else phone, else e-mail.
-- Erasing deletes the row, and with it the only copy of the data key.
create table reporter (
  id uuid primary key,
  blind_index bytea unique,
  wrapped_key bytea not null
);

create table identity (
  complaint uuid primary key,
  reporter uuid not null references reporter (id),
  ciphertext bytea not null
);
create index identity_reporter on identity (reporter);

-- Each reading of an identity, in the transaction that reads it.
create table identity_read (
  id bigint generated always as identity primary key,
  complaint uuid not null,
  who text not null,
  why text not null,
  at timestamptz not null
);
create index identity_read_complaint on identity_read (complaint);

create table tracking (
  tracking_id text primary key,
  complaint uuid not null unique
);

-- Wrong access codes, for a tracking id that exists as for one that does not.
create table access_attempt (
  tracking_id text primary key,
  failures integer not null,
  blocked_until timestamptz,
  at timestamptz not null default clock_timestamp()
) with (fillfactor = 70);

-- What was answered to an Idempotency-Key. Key and body only as keyed hashes.
create table http_request (
  key bytea primary key,
  body bytea not null,
  complaint uuid not null,
  missing text[] not null,
  at timestamptz not null default clock_timestamp()
);
create index http_request_at on http_request (at);

-- Ordered by an operator, carried out by the service's own loop.
create table erasure (
  id bigint generated always as identity primary key,
  tracking_id text not null,
  who text not null,
  why text not null,
  at timestamptz not null default clock_timestamp(),
  done_at timestamptz,
  complaints integer,
  outcome text
);
create index erasure_open on erasure (id) where done_at is null;
