-- A state may be packed by its service (lapor_chassis.packing): then it is here, and `state` is null. A row of before
-- is packed when it is next written. The server need not try to compress it again.
alter table subject add column packed bytea;
alter table subject alter column packed set storage external;
