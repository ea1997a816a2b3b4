-- The alarm asks for them every few seconds.
create index subject_parked on subject (parked_at) where parked_at is not null;
