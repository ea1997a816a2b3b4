-- A state may be packed by its service (lapor_chassis.packing): it is in one of two columns, `plain` or `packed`. A row of
-- before is packed when it is next written. The server need not try to compress what is packed.
-- `state` gets another name, so that a version of before stops at once: it would take a packed state for none.
alter table subject rename column state to plain;
alter table subject add column packed bytea;
alter table subject alter column packed set storage external;
alter table subject add constraint subject_one_state check (plain is null or packed is null) not valid;
