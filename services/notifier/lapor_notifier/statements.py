"""What handlers write: statements for the end of their batch.

The chassis executes a statement once for all its arguments, in order of first use. So statements about the
same row either are one and the same, or do not depend on their order.
"""

from __future__ import annotations

# Rows (see `Batch.defer_rows`). A change that is executed before it, in the same batch, stays.
REGISTERED = """
insert into complaint as c (id, tracking_id, report_type, title, narrative, category, area_code, address, occurred_on,
  attachments, anonymous, secret, received_at)
select distinct on (id) * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
    $7::text[], $8::text[], $9::date[], $10::int[], $11::bool[], $12::bool[], $13::timestamptz[]) as u (id)
on conflict (id) do update set
  tracking_id = excluded.tracking_id,
  report_type = excluded.report_type,
  title = coalesce(c.title, excluded.title),
  narrative = coalesce(c.narrative, excluded.narrative),
  category = coalesce(c.category, excluded.category),
  area_code = coalesce(c.area_code, excluded.area_code),
  address = coalesce(c.address, excluded.address),
  occurred_on = coalesce(c.occurred_on, excluded.occurred_on),
  attachments = c.attachments + excluded.attachments,
  anonymous = excluded.anonymous,
  secret = excluded.secret,
  received_at = excluded.received_at
"""

# Absent values stay as they were; attachments are added.
CHANGED = """
insert into complaint as c (id, title, narrative, category, area_code, address, occurred_on, attachments)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (id) do update set
  title = coalesce(excluded.title, c.title),
  narrative = coalesce(excluded.narrative, c.narrative),
  category = coalesce(excluded.category, c.category),
  area_code = coalesce(excluded.area_code, c.area_code),
  address = coalesce(excluded.address, c.address),
  occurred_on = coalesce(excluded.occurred_on, c.occurred_on),
  attachments = c.attachments + excluded.attachments
"""

# Rows. A null erases; of several of one complaint the last one counts.
CONTACT = """
insert into contact (complaint, sealed)
select distinct on (complaint) complaint, sealed
from unnest($1::uuid[], $2::text[]) with ordinality as u (complaint, sealed, at) order by complaint, at desc
on conflict (complaint) do update set sealed = excluded.sealed
"""

# Rows.
DELIVERY = """
insert into delivery (day, id, complaint, topic, number, event_id, event_type, event, template, medium, role,
  recipient, agency, zone, ladder)
select day, id, complaint, topic, number, event_id, event_type, event::json, template, medium, role, recipient, agency,
  zone, ladder
from unnest($1::date[], $2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::uuid[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[])
  as u (day, id, complaint, topic, number, event_id, event_type, event, template, medium, role, recipient, agency, zone,
    ladder)
on conflict do nothing
"""

# Only a hint to look at once: the erased contact itself decides.
ERASED = """
update delivery set erased = true, next_at = clock_timestamp()
where complaint = $1 and role = 'reporter' and state = 'waiting'
"""

# Always after DELIVERY in a batch, for whoever uses it has used DELIVERY before.
REPLACED = """
update delivery set replaced_by = $4, next_at = clock_timestamp()
where complaint = $1 and ladder = $2 and recipient = $3 and template = 'agency_reminded' and state = 'waiting'
"""
