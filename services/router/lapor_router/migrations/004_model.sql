-- Text models of confirmed outcomes (numpy's npz, never pickled), and which of them is in use.
create table model (
  id integer generated always as identity primary key,
  made_at timestamptz not null default clock_timestamp(),
  trained_from timestamptz not null,
  trained_to timestamptz not null,
  outcomes integer not null check (outcomes > 0),
  figures json not null,
  content bytea not null,
  check (trained_from <= trained_to)
);

-- Each time that another model came into use; `model` null: the lexicon alone. `ended_at` set: gone back from.
create table model_use (
  id integer generated always as identity primary key,
  model integer references model (id),
  since timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);

-- Running instances hear of a change at once.
create function model_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('model', '');
  return null;
end $$;
create trigger model_changed after insert or update or delete on model_use
  for each statement execute function model_changed();
