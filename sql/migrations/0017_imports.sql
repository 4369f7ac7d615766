-- Imports as something one can look at before, and take back after: what a file would change, row by row, kept beside the import.
--
-- A preview computes the difference to what is stored and keeps it (import_row); applying it writes exactly that, and refuses where
-- the stored side has become another since. So what a person looked at is what happens, and undo knows what was there before.
--
-- What does not differ is not kept: nothing would be done with it. Rows go after the days in which they can be undone
-- (core.import_sweep); counts, header and who did it stay with the import.
--
-- Rejected: keeping the file and computing again when it is applied (the second look could differ from the first, and nobody would
-- have seen it); a history table of all students for undo (the difference says it in a hundredth of the room).

alter table ops.import drop constraint import_kind_check;
alter table ops.import add constraint import_kind_check check (kind in ('roster', 'plans', 'official_scores'));

-- "imported_at" is when the file came; what was imported before this migration was applied at once.
alter table ops.import add column state text not null default 'applied'
  check (state in ('previewed', 'applied', 'undone', 'lapsed'));
alter table ops.import add column revision int4 not null default 1;
alter table ops.import add column mode text not null default 'lenient' check (mode in ('strict', 'lenient'));
alter table ops.import add column absent text not null default 'keep' check (absent in ('keep', 'inactive'));
alter table ops.import add column sha256 bytea check (octet_length(sha256) = 32); -- of the file: the same again is said
alter table ops.import add column header jsonb not null default '[]';  -- which column of the file was taken for which
alter table ops.import add column ignored jsonb not null default '[]'; -- columns of the file that nobody asked for
alter table ops.import add column refused int4 not null default 0; -- rows of the file that cannot be taken
alter table ops.import add column staff_id int8;     -- null: the operator's tool
alter table ops.import add column applied_at timestamptz;
alter table ops.import add column applied_by int8;
alter table ops.import add column past_brake text check (length(past_brake) between 1 and 500); -- why it was applied all the same
alter table ops.import add column undone_at timestamptz;
alter table ops.import add column undone_by int8;
alter table ops.import add column undo jsonb;        -- counts of what was put back

-- One change that a file asks for. before is null for what is new; after is all that the row would leave behind.
create table ops.import_row (
  school_id int4 not null,
  import_id int8 not null,
  n int4 not null,
  line int4,         -- of the file; null: of a student who is not in it
  student_id int8,   -- null: new, until applied
  external_id text not null,
  about text not null default '', -- which of the student's: "attempt 2"
  change text not null check (change in ('new', 'changed', 'leaving', 'kept')),
  before jsonb,
  after jsonb not null,
  done jsonb,        -- what applying it wrote: ids that undo needs
  undone text check (undone in ('restored', 'partly', 'kept')),
  primary key (school_id, import_id, n),
  foreign key (school_id, import_id) references ops.import
);
call core.protect_student('ops.import_row');

-- What is wrong with a file, by line and column. Never the cell's text: it may be about anybody.
create table ops.import_finding (
  school_id int4 not null,
  import_id int8 not null,
  n int4 not null,
  line int4 not null,
  field text not null default '', -- '': the row as a whole
  reason text not null,
  remedy text not null default '',
  warning bool not null,          -- the row is taken all the same
  primary key (school_id, import_id, n),
  foreign key (school_id, import_id) references ops.import
);
call core.protect('ops.import_finding');

-- The list of imports, newest first; the newest of each kind; the same file again.
create index import_by_time on ops.import (school_id, imported_at);
