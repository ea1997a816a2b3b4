-- The tables of numbered delivery; their rows live in each service's own database.

create table subject (
  id uuid primary key,
  partition smallint not null,
  state json,
  applied json not null default '{}',
  written json not null default '{}',
  parked_at timestamptz,
  has_waiting boolean not null default false
) with (fillfactor = 70);

-- Only the next deadline of a subject.
create table timer (
  subject uuid primary key,
  partition smallint not null,
  due_at timestamptz not null
) with (fillfactor = 70);
create index timer_due on timer (partition, due_at);

-- A writing loop. Its transactions begin by touching its row with the epoch that it was given.
create table lane (
  id bigint generated always as identity primary key,
  name text not null,
  owner text not null,
  epoch integer not null default 1,
  mark bigint not null default 0,
  seen_at timestamptz not null default clock_timestamp(),
  retired_at timestamptz
) with (fillfactor = 50);
create index lane_alive on lane (seen_at) where retired_at is null;

create table outbox (
  lane bigint not null,
  seq bigint not null,
  day date not null,
  topic text not null,
  partition smallint not null,
  key text not null,
  number integer,
  event_id uuid not null,
  type text not null,
  time timestamptz not null,
  after text,
  traceparent text,
  body bytea,
  reference text,
  check (body is not null or reference is not null),
  primary key (lane, seq, day)
) partition by range (day);

-- Rows that can never be published; the lane went on.
create table set_aside (
  lane bigint not null,
  seq bigint not null,
  day date not null,
  topic text not null,
  key text not null,
  number integer,
  reason text not null,
  at timestamptz not null default clock_timestamp(),
  resent_at timestamptz,
  primary key (lane, seq)
);

create table tally (
  lane bigint not null,
  topic text not null,
  partition smallint not null,
  subjects bigint not null,
  events bigint not null,
  primary key (lane, topic, partition)
) with (fillfactor = 50);

-- Records that came too early, and the inputs of parked subjects, in order of arrival.
create table waiting (
  arrival bigint generated always as identity,
  subject uuid not null,
  topic text not null,
  partition integer not null,
  kafka_offset bigint not null,
  kafka_time bigint not null,
  number integer,
  key bytea,
  headers json not null,
  value bytea,
  since timestamptz not null default clock_timestamp(),
  primary key (subject, arrival),
  unique (topic, partition, kafka_offset)
);
create index waiting_since on waiting (since);

create table dead_letter (
  id bigint generated always as identity primary key,
  topic text not null,
  partition integer not null,
  kafka_offset bigint not null,
  kafka_time bigint not null,
  subject uuid,
  number integer,
  event_id text,
  reason text not null,
  field text,
  parks boolean not null,
  key bytea,
  headers json,
  value bytea,
  at timestamptz not null default clock_timestamp(),
  status text not null default 'open' check (status in ('open', 'replayed', 'dismissed')),
  settled_at timestamptz,
  settled_by text,
  settled_why text,
  unique (topic, partition, kafka_offset)
);
create unique index dead_letter_number on dead_letter (topic, subject, number)
  where status = 'open' and parks;

create table dead_letter_command (
  id bigint generated always as identity primary key,
  dead_letter bigint not null references dead_letter (id),
  action text not null check (action in ('replay', 'dismiss')),
  who text not null,
  why text not null,
  at timestamptz not null default clock_timestamp(),
  done_at timestamptz,
  outcome text
);

-- Ids of edge events, to drop repeats; pruned by day of the id.
create table edge_seen (
  outsider text not null,
  id uuid not null,
  day date not null,
  primary key (outsider, id, day)
) partition by range (day);
