-- What mails tell of a complaint, after redaction; no identity. Columns may be null because every change is
-- one and the same upsert.
create table complaint (
  id uuid primary key,
  tracking_id text,
  report_type text,
  title text,
  narrative text,
  category text,
  area_code text,
  address text,
  occurred_on date,
  attachments integer not null default 0,
  anonymous boolean,
  secret boolean,
  received_at timestamptz
);
create index complaint_tracking_id on complaint (tracking_id);

-- The reporter's contact, sealed to the notifier's key; null: erased. Opened only while sending.
create table contact (
  complaint uuid primary key,
  sealed text
);

-- One mail to one recipient. `id` is made of event, medium, role and recipient, and `day` is the day of the
-- event's id, so the primary key keeps every message unique. A role and a code, never an address.
create table delivery (
  day date not null,
  id uuid not null,
  complaint uuid not null,
  topic text not null,
  number integer not null,
  event_id uuid not null,
  event_type text not null,
  event json,
  template text not null,
  medium text not null,
  role text not null,
  recipient text,
  agency text,
  zone text not null,
  ladder text,
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'failed', 'replaced')),
  reason text,
  attempts integer not null default 0,
  queued_at timestamptz not null default clock_timestamp(),
  next_at timestamptz not null default clock_timestamp(),
  leased_until timestamptz,
  leased_by text,
  erased boolean not null default false,
  replaced_by uuid,
  settled_at timestamptz,
  check ((state = 'waiting') = (settled_at is null)),
  check ((role = 'reporter') = (recipient is null)),
  primary key (day, id)
) partition by range (day);
create index delivery_due on delivery (next_at) where state = 'waiting';
create index delivery_complaint on delivery (complaint);

-- Days before the first start, and days that were missed.
create table delivery_other partition of delivery default;
