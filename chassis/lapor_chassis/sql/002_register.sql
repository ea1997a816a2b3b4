-- Entries of the registers that this service writes, in order; `number` is per key.
create table register_event (
  topic text not null,
  seq bigint generated always as identity,
  key text not null,
  number integer not null,
  event_id uuid not null,
  type text not null,
  time timestamptz not null,
  body bytea not null,
  published boolean not null default false,
  primary key (topic, seq),
  unique (topic, key, number)
);
create index register_event_unpublished on register_event (topic, seq) where not published;
