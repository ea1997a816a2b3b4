-- A subject's next deadline stands in its own row: one that changes is one row that changes, and what is due is found
-- by an index of those that may fire.
alter table subject add column due_at timestamptz;
update subject s set due_at = t.due_at from timer t where t.subject = s.id;
create index subject_due on subject (partition, due_at)
  where due_at is not null and parked_at is null and not has_waiting;
drop table timer;
