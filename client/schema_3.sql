-- The outbox, version 3: what the student says of the weeks, and what the office writes.

-- Goals and check-ins, of this device and, once the school has told of them, of the others. Never changed but in state: saying it
-- again is another entry.
create table study (
  seq integer primary key,
  entry_id blob not null unique check (length(entry_id) = 16),
  kind integer not null check (kind in (1, 2)), -- a goal, a check-in (proto/study.h)
  made_at_ms integer not null,
  day integer not null,
  minutes integer,
  questions integer,
  checks integer,
  reviewed_percent integer,
  confidence_percent integer,
  state integer not null default 0 check (state between 0 and 3),
  field text not null default '',
  reason text not null default ''
) strict;

-- What the office wrote: one row, Messages as they came over the wire last.
create table messages (
  only integer primary key check (only = 1),
  body blob not null,
  received_ms integer not null
) strict;
