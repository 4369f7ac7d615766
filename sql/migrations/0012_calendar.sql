-- The calendar: the school's own rules about exam dates, beside those of the USMLE (core.usmle_rules).
--
-- A rule is never changed: a new row comes into force on a day, and the one before stays as it was, so that a date computed for
-- last March can still say by which rule. Of two rows on the same thing the later day counts, then the later revision; a row with
-- neither day nor number says that there is no such rule any more. A class of its own goes before the rule for all classes.
--
-- Rejected: a table for the USMLE's rules as well (they are the same for every school and change with a release, like the
-- instruments' catalogue; every table here belongs to a school); storing the dates themselves (they change with every plan, rule
-- and day, and are cheap to compute: core.calendar_rows).
create table core.calendar_rule (
  school_id int4 not null references core.school,
  rule_id int8 generated always as identity,
  code text not null check (code in ('taken_by', 'passed_by', 'attempt_limit', 'block_start', 'lockout_days', 'study_weeks',
                                     'result_weeks', 'notice_days')), -- core.calendar_codes()
  class_year int2 check (class_year between 1900 and 2999), -- null: every class that has no row of its own
  item text not null default '' check (length(item) <= 80), -- the name of a block
  revision int4 not null check (revision > 0),
  day date check (day between '1990-01-01' and '2200-01-01'),
  number int4 check (number between 0 and 1000),
  valid_from date not null check (valid_from between '1990-01-01' and '2200-01-01'),
  reason text not null default '' check (length(reason) <= 500),
  set_by int8 not null,
  set_at timestamptz not null,
  primary key (school_id, rule_id),
  unique nulls not distinct (school_id, code, class_year, item, revision), -- also: two who change one rule at once
  foreign key (school_id, set_by) references core.staff,
  check ((item <> '') = (code = 'block_start')),
  check (case when code in ('taken_by', 'passed_by', 'block_start') then number is null else day is null end)
);
call core.protect('core.calendar_rule');
revoke update, delete, truncate on core.calendar_rule from sg_owner;

-- Why the office changed a plan, for statements of source 2. Beside the log and not in it: what the student's client sends has no
-- such thing, and the log's columns are the fold's. No foreign key to the log: checking one locks its row, and nobody may, not even
-- the owner (it is append-only); the two rows are written in one call.
create table core.plan_reason (
  school_id int4 not null,
  change_id uuid not null,
  student_id int8 not null,
  reason text not null check (reason <> '' and length(reason) <= 500),
  staff_id int8 not null,
  primary key (school_id, change_id),
  foreign key (school_id, student_id) references core.student,
  foreign key (school_id, staff_id) references core.staff
);
call core.protect_student('core.plan_reason');
revoke update, delete, truncate on core.plan_reason from sg_owner;
