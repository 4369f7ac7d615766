-- Identity, grounds and trail, second part: how the office's lists are paged, the ledger of disclosures, and students' requests
-- about their record.

-- Where in a list a request stands, of which question, and how much of it is asked for (core.page_of).
create type core.page as (
  csv bool,         -- the whole list as a file
  most int4,        -- rows
  sort text,        -- one of the names that the list knows
  descending bool,
  step int4,        -- 1, or -1 where descending
  question text,    -- a hash of sort and filters: a cursor belongs to one question
  after jsonb,      -- sort key of the last row that was given; null: from the beginning
  after_id int8
);

-- 34 CFR 99.32: each request for a student's record by somebody outside the school's officials, and each disclosure to them. Kept
-- as long as the record; the student may inspect it (api.disclosures_of). An entry that is wrong is corrected by a further one.
-- What the school's own officials looked at or took as a file is audit.event.
create table audit.disclosure (
  school_id int4 not null references core.school,
  disclosure_id int8 generated always as identity,
  at timestamptz not null default clock_timestamp(), -- when it was written here
  disclosed_on date not null,                        -- when it happened, the school's day
  outcome text not null check (outcome in ('disclosed', 'refused')),
  students int8[] not null check (cardinality(students) > 0),
  recipient text not null check (recipient <> '' and length(recipient) <= 500), -- 99.32(a)(3)(i): the parties
  interest text not null check (interest <> '' and length(interest) <= 2000),   -- 99.32(a)(3)(ii): their legitimate interests
  what text not null check (what <> '' and length(what) <= 2000),
  basis text not null,                               -- core.disclosure_bases()
  agreement text not null default '' check (length(agreement) <= 500), -- where the basis rests on a paper: which
  threat text not null default '' check (length(threat) <= 2000),      -- 99.32(a)(5): in an emergency, what was feared
  onward text not null default '' check (length(onward) <= 2000),      -- 99.32(b): to whom the recipient may pass it on, and why
  file_sha256 bytea check (octet_length(file_sha256) = 32),
  notice_version text not null,                      -- of the words against passing it on that went with it, 99.33(d)
  -- An earlier entry that this one replaces. No foreign key: its check wants the right to update.
  corrects int8,
  staff_id int8 not null,
  address text,
  request_id text,
  primary key (school_id, disclosure_id),
  foreign key (school_id, staff_id) references core.staff
);
alter table audit.disclosure enable row level security;
alter table audit.disclosure force row level security;
create policy append on audit.disclosure for insert to sg_owner
  with check ((select core.scope_any()) or school_id = any ((select core.scope())::int4[]));
create policy look on audit.disclosure for select to sg_owner
  using (((select core.scope_any()) or school_id = any ((select core.scope())::int4[]))
     and ((select core.sees_all()) or students && (select core.sees())::int8[]));
revoke update, delete, truncate on audit.disclosure from sg_owner;

-- A student's request to see the record (34 CFR 99.10, 45 days) or to have it amended (99.20, 99.21). While one is open nothing of
-- the student's may be destroyed (99.10(e)): core.students_held() names them, and this table's foreign key holds the student.
create table core.record_request (
  school_id int4 not null,
  request_id int8 generated always as identity,
  student_id int8 not null,
  kind text not null check (kind in ('inspection', 'amendment')),
  received_on date not null,
  due_on date not null check (due_on >= received_on),
  words text not null check (words <> '' and length(words) <= 4000),         -- what is asked
  state text not null default 'open',
  answered_on date,
  answer text not null default '' check (length(answer) <= 4000),
  statement text not null default '' check (length(statement) <= 4000),      -- the student's own, kept with the record, 99.21(b)(2)
  created_by int8 not null,
  created_at timestamptz not null,
  revision int4 not null default 1,
  primary key (school_id, request_id),
  foreign key (school_id, student_id) references core.student,
  foreign key (school_id, created_by) references core.staff,
  check (case kind when 'inspection' then state in ('open', 'preparing', 'answered', 'withdrawn')
                   else state in ('open', 'preparing', 'amended', 'denied', 'hearing', 'upheld', 'withdrawn') end),
  check ((state in ('answered', 'amended', 'denied', 'upheld', 'withdrawn')) = (answered_on is not null))
);
call core.protect_student('core.record_request');
create index record_request_by_student on core.record_request (school_id, student_id);
create index record_request_open on core.record_request (school_id, due_on) where answered_on is null;

-- What was done about it, step by step. Append-only.
create table core.record_request_step (
  school_id int4 not null,
  request_id int8 not null,
  revision int4 not null, -- that the request had from then on
  student_id int8 not null,
  at timestamptz not null,
  staff_id int8 not null,
  state text not null,
  words text not null default '',
  primary key (school_id, request_id, revision),
  foreign key (school_id, request_id) references core.record_request,
  foreign key (school_id, staff_id) references core.staff
);
call core.protect_student('core.record_request_step');
revoke update, delete, truncate on core.record_request_step from sg_owner;

-- ---- "who looked at my record?", in a trail of millions

-- Of each block of 4096 lines of the trail the first that concerns a student: where to look, one block at a time. Row-level
-- security lets no condition into an index before the policy unless it is leakproof, and "array contains" is not, so the GIN index
-- of 0007 serves nobody and goes. A table with every student of every line would be as large as the trail itself. Kept by
-- core.note_seen(), which waits for nobody: two at once may both write down a first line.
drop index audit.event_by_student;
create table audit.seen (
  school_id int4 not null references core.school,
  student_id int8 not null,
  event_id int8 not null,
  primary key (school_id, student_id, event_id)
);
alter table audit.seen enable row level security;
alter table audit.seen force row level security;
create policy append on audit.seen for insert to sg_owner
  with check ((select core.scope_any()) or school_id = any ((select core.scope())::int4[]));
create policy look on audit.seen for select to sg_owner
  using (((select core.scope_any()) or school_id = any ((select core.scope())::int4[]))
     and ((select core.sees_all()) or student_id = any ((select core.sees())::int8[])));
revoke update, delete, truncate on audit.seen from sg_owner;
select set_config('sg.scope', '*|*', true);
insert into audit.seen (school_id, student_id, event_id)
select e.school_id, s, min(e.event_id) from audit.event e, unnest(e.students) s group by e.school_id, s, e.event_id >> 12;
select set_config('sg.scope', '', true);
