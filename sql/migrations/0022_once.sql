-- What was done under which key (header Idempotency-Key): a page whose answer was lost, or whose button was pressed twice, sends
-- the same request with the same key again, and it is not done a second time.
--
-- A row is written by the transaction that does the deed (core.note_done), so that a second one waits for the first and is then
-- refused with all that it did; looked up beforehand, two at the same moment would both find nothing. The answer is not kept: it
-- may be a student's record, which who asks again may not be allowed to see by then. Rows are good for a day (core.sweep).
create table ops.once (
  school_id int4 not null references core.school,
  staff_id int8 not null,
  key text not null check (length(key) between 1 and 64),
  action text not null,
  at timestamptz not null,
  primary key (school_id, staff_id, key),
  foreign key (school_id, staff_id) references core.staff
);
call core.protect('ops.once');
create index once_at on ops.once (school_id, at); -- for the sweep
