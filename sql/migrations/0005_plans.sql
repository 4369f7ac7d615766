-- Exam plans and outcomes, as a log of what was said: by the student's client (planned, moved, cancelled, taken, passed, failed)
-- and by the office's file. The plan in force is folded from it when it is needed (core.plan_of): a handful of rows a student,
-- and no second copy that could disagree. Of two statements on the same thing the one made later counts, in whatever order
-- they arrive; what the office says about an exam taken and its outcome goes before what the student says.
create table core.plan_change (
  school_id int4 not null,
  student_id int8 not null,
  change_id uuid not null, -- made by whoever says it: the same change sent twice counts once
  source int2 not null check (source in (1, 2)), -- 1 the student, 2 the office
  action int2 not null check (action between 1 and 4), -- PlanAction: 1 set, 2 cancel, 3 taken, 4 result
  attempt int2 not null check (attempt between 1 and 10),
  exam_day date,
  permit_from date,
  permit_to date,
  dedicated_start date,
  outcome int2 check (outcome in (1, 2)), -- 1 pass, 2 fail
  outcome_known_on date,
  device_id int8,
  made_at timestamptz not null,
  received_at timestamptz not null default now(),
  primary key (school_id, change_id),
  foreign key (school_id, student_id) references core.student,
  check (action in (2, 4) or exam_day is not null),
  check (action <> 4 or outcome is not null)
);
call core.protect('core.plan_change');
-- The fold reads one student's.
create index plan_change_by_student on core.plan_change (school_id, student_id);

revoke update, delete, truncate on core.plan_change from sg_owner;
