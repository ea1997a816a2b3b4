"""What handlers write: statements for the end of their batch.

The chassis executes a statement once for all its arguments, in order of first use. So statements about the
same row either are one and the same, or do not depend on their order.
"""

from __future__ import annotations

# Absent values stay as they were; attachments are added.
COMPLAINT = """
insert into complaint as c (id, tracking_id, report_type, title, narrative, category, area_code, address,
  occurred_on, attachments, anonymous, secret, received_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (id) do update set
  title = coalesce(excluded.title, c.title),
  narrative = coalesce(excluded.narrative, c.narrative),
  category = coalesce(excluded.category, c.category),
  area_code = coalesce(excluded.area_code, c.area_code),
  address = coalesce(excluded.address, c.address),
  occurred_on = coalesce(excluded.occurred_on, c.occurred_on),
  attachments = c.attachments + excluded.attachments
"""

# A null erases.
CONTACT = """
insert into contact (complaint, sealed) values ($1, $2)
on conflict (complaint) do update set sealed = excluded.sealed
"""

DELIVERY = """
insert into delivery (day, id, complaint, topic, number, event_id, event_type, event, template, medium, role,
  recipient, agency, zone, ladder)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
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
