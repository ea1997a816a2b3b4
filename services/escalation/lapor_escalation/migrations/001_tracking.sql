-- An operator asks by tracking id. A table of its own: an index on the state would end HOT updates of its rows.
create table tracking (
  tracking_id text primary key,
  subject uuid not null
);
