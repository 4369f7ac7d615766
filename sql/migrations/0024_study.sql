-- What students say of their studying: goals for a week, and check-ins that look back on one; what the office writes to them; when
-- a device was last here.
--
-- Goals and check-ins are logs of what was said, as the exam plan is: each has an id that the client made, so that sent twice it
-- counts once, and of several the one said last counts, in whatever order they arrive (core.study_goal_of, core.study_weeks).
-- Nothing of it is part of the estimate: whoever says little of themselves must not look safer for it.
--
-- The student stands before the id in the key: an id is known only to who made it, and what somebody else sends under the same one
-- is theirs and tells nothing.
--
-- Rejected: goals by the month (progress is looked at by the week, and three goals of two periods are hard to hold in one's head);
-- sums of results in the place of a check-in's own numbers (what was studied leaves no score; what was done without the client
-- neither).

-- What a student means to do each week from a day on. A kind that is null has no goal; all three null: no goals any more.
create table core.study_goal (
  school_id int4 not null,
  student_id int8 not null,
  goal_id uuid not null,
  set_at timestamptz not null,
  from_day date not null,
  questions_a_week int4 check (questions_a_week between 1 and 5000),
  checks_a_week int4 check (checks_a_week between 1 and 14), -- readiness checks: whole self-assessments
  review_minutes_a_week int4 check (review_minutes_a_week between 1 and 10080), -- of what was answered wrongly
  device_id int8 not null,
  received_at timestamptz not null default now(),
  primary key (school_id, student_id, goal_id),
  foreign key (school_id, student_id) references core.student
);
call core.protect_student('core.study_goal');
revoke update, delete, truncate on core.study_goal from sg_owner;

-- What a week was like, in the student's own words. Another one for the same week takes its place, and both are kept.
create table core.study_checkin (
  school_id int4 not null,
  student_id int8 not null,
  checkin_id uuid not null,
  week_from date not null check (extract(isodow from week_from) = 1), -- the Monday
  made_at timestamptz not null,
  study_minutes int4 not null check (study_minutes between 0 and 10080), -- a week has no more
  questions int4 not null check (questions between 0 and 5000),
  reviewed_percent int2 check (reviewed_percent between 0 and 100),     -- of the misses; null: not said
  confidence_percent int2 check (confidence_percent between 0 and 100), -- of passing on the planned day; null: not said
  device_id int8 not null,
  received_at timestamptz not null default now(),
  primary key (school_id, student_id, checkin_id),
  foreign key (school_id, student_id) references core.student
);
call core.protect_student('core.study_checkin');
-- A student's weeks, the newest first; and which week everybody spoke of last.
create index study_checkin_by_student on core.study_checkin (school_id, student_id, week_from, made_at);
revoke update, delete, truncate on core.study_checkin from sg_owner;

-- A fourth tier of notes: 'student' is a message. The team reads it, and the student's own client shows it; it never shows the
-- others. What is there already fulfils the narrower rule, so nothing has to be looked through while the table is locked.
alter table core.case_note drop constraint case_note_tier_check;
alter table core.case_note add constraint case_note_tier_check check (tier in ('student', 'team', 'owner', 'dean')) not valid;
-- The messages of a student, for the client that asks with every sync.
create index case_note_to_student on core.case_note (school_id, student_id) where tier = 'student';

-- To the hour: written by the first connection after it, not by each (api.hello). Null: not since there was this column.
alter table core.device add column last_seen_at timestamptz;
