-- Cases: what the office does about a student, and the events that make rules keep quiet.
--
-- One case for a student and an attempt, for as long as the attempt lasts: a case that was resolved and falls again is the same
-- case, reopened ("regressed"), with its history. The dedup key of a reason is therefore (case, rule): student × rule × attempt.
-- What a case may go through is one table, core.case_transitions(); what hangs on it (reasons, notes, …) points to it, so that two
-- cases can be merged by moving rows. What happened stays in core.case_event, append-only.
--
-- Everything here is an education record of the student (34 CFR 99.3), notes of every tier included: tiers are about which members
-- of the staff read a note, never about the student.
--
-- Rejected: a case for each flag (duplicates closed by hand: what users of such systems complain about most); states derived from
-- the events (the queue reads thousands of cases in milliseconds); closing cases when the flag closes (only where nobody has
-- touched it: what a person began, a person ends).

create table core.case_file (
  school_id int4 not null,
  case_id int8 generated always as identity,
  student_id int8 not null,
  attempt int2 not null check (attempt between 1 and 11), -- the coming one; after ten failures an eleventh
  state text not null default 'new'
    check (state in ('new', 'acknowledged', 'in_progress', 'watching', 'regressed', 'escalating', 'resolved', 'merged')),
  state_since timestamptz not null,
  state_why text not null check (length(state_why) <= 1000), -- a sentence
  severity int2 not null default 1 check (severity between 1 and 4), -- of the gravest open reason; 1 where none is open
  revision int4 not null default 1, -- raised by whatever a person should know before acting
  opened_at timestamptz not null,
  opened_by int8,              -- null: a rule
  owner_id int8,
  held_for int8,               -- whose case it was when the owner took it while covering; goes back to that person
  due_on date,
  acted_at timestamptz,        -- when a person last did something about it; null: nobody has touched it
  snooze_until date,           -- comes back on that day
  slept_until date,            -- the day it came back last: the time-out counts from there
  mark_p float8 check (mark_p between 0 and 1),           -- P(pass) when it was put to watch, or resolved
  mark_delta float8 check (mark_delta > 0 and mark_delta < 1), -- a fall by so much wakes it
  follow_up_on date,
  resolution text,
  merged_into int8,
  -- What the calendar says of the attempt, as last looked at: the queue reads it for thousands (core.case_dates_follow).
  exam_on date,
  exam_taken bool not null default false,
  last_safe_on date,
  dates_on date,               -- the day on which last_safe_on was looked at
  primary key (school_id, case_id),
  foreign key (school_id, student_id) references core.student,
  foreign key (school_id, owner_id) references core.staff,
  foreign key (school_id, merged_into) references core.case_file,
  check ((state = 'resolved') = (resolution is not null)),
  check ((state = 'merged') = (merged_into is not null)),
  check (state <> 'watching' or mark_delta is not null)
) with (fillfactor = 80); -- a case changes in place many times; its indexes hold what seldom does
call core.protect_student('core.case_file');
-- One case of an attempt; and the way from a student to the case, with every estimate that is recorded.
create unique index case_file_attempt on core.case_file (school_id, student_id, attempt) where state <> 'merged';
-- The queue and the sweep read the open ones of a school, of all years a small part.
create index case_file_open on core.case_file (school_id, case_id) where state not in ('resolved', 'merged');
-- "My cases", a departure's hand-over.
create index case_file_owner on core.case_file (school_id, owner_id) where state not in ('resolved', 'merged');
-- How much of the week's capacity is used.
create index case_file_acted on core.case_file (school_id, acted_at);

-- Why a case is open. source 'rule': as core.flag says, kept in step by core.cases_follow(); the words are the flag's as long as it
-- is open. 'person' and 'clearance' are opened and closed by whoever opened them.
create table core.case_reason (
  school_id int4 not null,
  reason_id int8 generated always as identity,
  case_id int8 not null,
  student_id int8 not null,
  source text not null check (source in ('rule', 'person', 'clearance')),
  code text not null check (code <> '' and length(code) <= 64),
  severity int2 not null check (severity between 1 and 4),
  text text not null check (length(text) <= 2000),
  evidence jsonb not null default '[]', -- ids of results, newest first
  flag_id int8,
  opened_at timestamptz not null,
  changed_at timestamptz not null, -- last new evidence or severity
  closed_at timestamptz,
  times int4 not null default 1,   -- how often it opened
  primary key (school_id, reason_id),
  unique (school_id, case_id, code), -- the dedup key
  foreign key (school_id, case_id) references core.case_file
);
call core.protect_student('core.case_reason');

-- What happened to a case, by whom. Append-only; before: the members that undo puts back.
create table core.case_event (
  school_id int4 not null,
  event_id int8 generated always as identity,
  case_id int8 not null,
  student_id int8 not null,
  at timestamptz not null,
  staff_id int8, -- null: a rule
  verb text not null,
  from_state text,
  to_state text not null,
  revision int4 not null, -- of the case after it
  detail jsonb not null default '{}', -- never the text of a note
  before jsonb,
  primary key (school_id, event_id),
  foreign key (school_id, case_id) references core.case_file
);
call core.protect_student('core.case_event');
revoke update, delete, truncate on core.case_event from sg_owner;
create index case_event_by_case on core.case_event (school_id, case_id, event_id);

-- Attempts to reach the student, coded: who, how, what came of it. Not edited: a slip of the pen is a further contact or a note.
create table core.case_contact (
  school_id int4 not null,
  contact_id int8 generated always as identity,
  case_id int8 not null,
  student_id int8 not null,
  staff_id int8 not null,
  at timestamptz not null,
  on_day date not null,
  channel text not null check (channel in ('email', 'phone', 'video', 'in_person', 'message', 'letter', 'other')),
  outcome text not null
    check (outcome in ('reached', 'no_answer', 'left_message', 'met', 'scheduled', 'no_show', 'declined', 'wrong_address')),
  sentence text not null default '' check (length(sentence) <= 500),
  primary key (school_id, contact_id),
  foreign key (school_id, case_id) references core.case_file
);
call core.protect_student('core.case_contact');
create index case_contact_by_case on core.case_contact (school_id, case_id);

-- Notes, every revision kept. An edit is a further revision; a note taken back keeps its text for the dean.
create table core.case_note (
  school_id int4 not null,
  note_id int8 generated by default as identity,
  revision int2 not null default 1,
  case_id int8 not null,
  student_id int8 not null,
  author_id int8 not null,
  tier text not null check (tier in ('team', 'owner', 'dean')), -- core.note_readable()
  text text not null check (text <> '' and length(text) <= 8000),
  at timestamptz not null,
  retracted bool not null default false,
  primary key (school_id, note_id, revision),
  foreign key (school_id, case_id) references core.case_file
);
call core.protect_student('core.case_note');
create index case_note_by_case on core.case_note (school_id, case_id);

create table core.case_task (
  school_id int4 not null,
  task_id int8 generated always as identity,
  case_id int8 not null,
  student_id int8 not null,
  title text not null check (title <> '' and length(title) <= 200),
  owner_id int8 not null,
  due_on date,
  state text not null default 'open' check (state in ('open', 'done', 'dropped')),
  created_by int8 not null,
  created_at timestamptz not null,
  ended_by int8,
  ended_at timestamptz,
  primary key (school_id, task_id),
  foreign key (school_id, case_id) references core.case_file,
  foreign key (school_id, owner_id) references core.staff,
  check ((state = 'open') = (ended_at is null))
);
call core.protect_student('core.case_task');
create index case_task_by_case on core.case_task (school_id, case_id);
-- "What have I to do?"
create index case_task_open on core.case_task (school_id, owner_id) where state = 'open';

create table core.case_plan_item (
  school_id int4 not null,
  item_id int8 generated always as identity,
  case_id int8 not null,
  student_id int8 not null,
  kind text not null check (kind in ('study_plan', 'tutoring', 'course', 'postpone', 'leave', 'recovery')),
  text text not null default '' check (length(text) <= 2000),
  starts_on date,
  ends_on date check (ends_on >= starts_on),
  earliest_retake date, -- of a recovery plan: the first lawful day, as known when it was written
  state text not null default 'proposed' check (state in ('proposed', 'agreed', 'done', 'dropped')),
  created_by int8 not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  primary key (school_id, item_id),
  foreign key (school_id, case_id) references core.case_file
);
call core.protect_student('core.case_plan_item');
create index case_plan_item_by_case on core.case_plan_item (school_id, case_id);

-- What mutes rules between two days (core.rule_mutes): the kind and a category of reason, and no more. Details of an illness have
-- no place here.
create table core.life_event (
  school_id int4 not null,
  event_id int8 generated always as identity,
  student_id int8 not null,
  kind text not null check (kind in ('leave', 'illness', 'accommodation', 'off_cycle', 'decelerated')),
  category text not null check (category in ('medical', 'family', 'academic', 'military', 'administrative', 'other')),
  starts_on date not null,
  ends_on date check (ends_on >= starts_on), -- the last day; null: not known yet
  withdrawn_at timestamptz, -- entered by mistake
  noted_by int8 not null,
  noted_at timestamptz not null,
  revision int4 not null default 1,
  primary key (school_id, event_id),
  foreign key (school_id, student_id) references core.student,
  foreign key (school_id, noted_by) references core.staff
);
call core.protect_student('core.life_event');
create index life_event_by_student on core.life_event (school_id, student_id);

-- What is wrong with the service, not with a student: one open alert of a kind.
create table ops.alert (
  school_id int4 not null references core.school,
  alert_id int8 generated always as identity,
  kind text not null check (kind <> '' and length(kind) <= 64),
  since timestamptz not null,
  until timestamptz check (until >= since),
  text text not null check (length(text) <= 1000),
  primary key (school_id, alert_id)
);
call core.protect('ops.alert');
create unique index alert_open on ops.alert (school_id, kind) where until is null;

-- ---- types between the helpers

-- One way in which a case and what is open about its student have come apart (core.case_differences).
create type core.case_difference as (
  what text, -- 'open' 'change' 'close' of a reason; 'fall' of P; 'over' of the attempt; 'plan': the exam's day or that it is taken
  school_id int4,
  student_id int8,
  attempt int2,
  case_id int8, -- null: there is none yet
  exam_on date,
  taken bool,
  passed bool,
  code text,
  severity int2,
  text text,
  evidence jsonb,
  flag_id int8,
  p float8
);

-- A case as a verb leaves it, and what the timeline says of the deed (core.case_act).
create type core.case_step as (
  kept core.case_file,
  detail jsonb
);
