-- The outbox, version 1 (pragma user_version). A later version adds a step to the list in outbox.c and never edits this one.
--
-- Numbers and units are those of proto/stepguard.proto. state: 0 queued, 1 acknowledged, 2 rejected, 3 conflict
-- (enum sg_row_state). A row leaves state 0 by a receipt of the server and by nothing else; schema_2.sql says when one is deleted.

create table setting (
  name text primary key,
  value text not null
) strict, without rowid;

create table result (
  seq integer primary key,
  result_id blob not null check (length(result_id) = 16),
  revision integer not null check (revision >= 0),
  retracted integer not null check (retracted in (0, 1)),
  instrument text not null,
  form text not null,
  taken_at_ms integer not null,
  scale integer not null,
  score_centi integer not null,
  mode integer not null,
  repeat integer not null check (repeat in (0, 1)),
  items integer,            -- null in this and the next five: not reported
  correct integer,
  omitted integer,
  seconds integer,
  seconds_allowed integer,
  printed_p_pass_bp integer,
  subs blob not null,       -- five bytes a sub-score: area, items, correct (the last two big-endian)
  digest blob not null,     -- of all columns above but seq: a row that rotted on disk is listed, not sent
  recorded_ms integer not null,
  state integer not null default 0 check (state between 0 and 3),
  settled_ms integer,
  field text not null default '',
  reason text not null default '',
  unique (result_id, revision)
) strict;

create index result_queued on result (result_id, revision) where state = 0;
create index result_taken on result (taken_at_ms);

create table plan_change (
  seq integer primary key,
  change_id blob not null unique check (length(change_id) = 16),
  action integer not null,
  attempt integer not null,
  exam_day integer,
  permit_from_day integer,
  permit_to_day integer,
  dedicated_start_day integer,
  outcome integer not null,
  made_at_ms integer not null,
  state integer not null default 0 check (state between 0 and 3),
  field text not null default '',
  reason text not null default ''
) strict;

-- What the server said last: one row, a Standing as it came over the wire.
create table standing (
  only integer primary key check (only = 1),
  body blob not null,
  received_ms integer not null
) strict;
