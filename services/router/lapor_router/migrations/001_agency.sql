-- The register of agencies as it is now; its history is on lapor.agencies.
create table agency (
  code text primary key,
  entry json not null,
  changed_at timestamptz not null default clock_timestamp()
);

-- Running instances hear of a change at once.
create function agency_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('agency', '');
  return null;
end $$;
create trigger agency_changed after insert or update or delete on agency
  for each statement execute function agency_changed();
