-- The outbox, version 2: what was recorded together, so that the last act can be taken back, and what files have taught.
--
-- A row of `result` leaves the table for one reason only: it was undone before it was ever handed to a connection (its seq is
-- above the setting sent_until). Whatever the school may have seen is corrected by a further revision instead.

create table act (
  seq integer primary key,
  kind text not null check (kind in ('add', 'import', 'edit', 'retract', 'undo')),
  what text not null,       -- for the person: the file's name, or what was changed
  made_ms integer not null,
  undone_ms integer         -- null: it stands
) strict;

alter table result add column act integer references act (seq); -- null: from before version 2

create index result_act on result (act);

-- How a file of some shape is read, and what a table that only grows had last time. The newest one of a name that was not
-- undone counts.
create table memory (
  seq integer primary key,
  name text not null,
  body text not null,
  act integer references act (seq) -- null: not part of an act, so not undone with one
) strict;

create index memory_name on memory (name);

-- What the server said on earlier days, the last of each day: for the curve, and for what moved it.
create table standing_past (
  day integer primary key, -- of received_ms, UTC
  body blob not null,
  received_ms integer not null
) strict;
