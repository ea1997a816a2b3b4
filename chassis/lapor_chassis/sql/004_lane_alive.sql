-- Without `seen_at`: a batch touches its lane, and each touch wrote a new entry into the index.
drop index lane_alive;
create index lane_alive on lane (id) where retired_at is null;
