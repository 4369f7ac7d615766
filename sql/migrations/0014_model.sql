-- The model beside what happened: what was said each night and kept, jobs that compute over history, and who put which version of
-- the parameters in force.

-- ---- what was said, night by night

-- A night whose estimates are whole, and when they were made: by the nightly run ('run'), or filled in afterwards from results and
-- plans that are older than the estimates ('history'). What core.estimate_night holds of other nights is on its way and says
-- nothing yet.
create table ops.night (
  school_id int4 not null references core.school,
  night date not null,
  as_of timestamptz not null,
  source text not null check (source in ('run', 'history')),
  students int4 not null,
  kept_at timestamptz not null default clock_timestamp(),
  primary key (school_id, night)
);
call core.protect('ops.night');
revoke update, delete, truncate on ops.night from sg_owner;

-- One narrow row a student and night (150 bytes with its index: 20,000 students make 1.1 GB a year), without reasons and flags:
-- charts, "what changed since yesterday" and calibration need no more, and the whole estimate can be computed again. Hence float4
-- for what is drawn.
--
-- The night before the student in the key: a night is written at the right edge and read as one range, and one student's course is
-- one look-up for each night of ops.night, a millisecond a year. An index by student beside it would be written at 20,000 places
-- each night.
create table core.estimate_night (
  school_id int4 not null,
  night date not null,
  student_id int8 not null,
  last_check_at timestamptz,
  parameters_id int4 not null,
  results_used int4 not null,
  exam_day date,
  p float8 not null check (p >= 0 and p <= 1), -- float8: a float4 refuses what is nearer to nothing than 1e-45
  p_low float8 not null check (p_low >= 0 and p_low <= 1),
  p_high float8 not null check (p_high >= 0 and p_high <= 1),
  readiness_mean float4 not null,
  readiness_sd float4 not null,
  exam_mean float4 not null,
  exam_sd float4 not null,
  state int2 not null check (state between 1 and 4), -- as core.assessment
  pending_runs int2 not null,
  primary key (school_id, night, student_id)
) with (fillfactor = 100); -- never updated
call core.protect_student('core.estimate_night');
revoke update, delete, truncate on core.estimate_night from sg_owner;

-- ---- types of the interface

-- What a plan said from a moment on (known_from null: from the beginning).
create type api.plan_step as (
  known_from timestamptz,
  attempt int2,
  failures int2,
  exam_day date,
  dedicated_day date,
  permit_from date,
  permit_to date,
  deadline date,
  taken_on date,
  passed bool,
  date_moves int2 -- how often the planned day had become another day by then
);

-- An attempt as it ended.
create type api.attempt_row as (
  attempt int2,
  taken_on date,
  outcome int2, -- 1 pass, 2 fail
  known_on date
);

-- All that past estimates of one student rest on.
create type api.student_past as (
  school_id int4,
  student_id int8,
  external_id text,
  zone text,
  class_year int2,
  track int2,
  parameters_id int4,   -- in force now, 0 for none
  previous_state int2,  -- of the estimate before the first one that is asked for; 0 for none
  pending_runs int2,
  plans api.plan_step[],      -- in order of known_from; at least one
  attempts api.attempt_row[], -- those with an outcome
  results api.result_row[]    -- current revisions, not retracted
);

-- One estimate of a past night.
create type api.estimate_row as (
  night date,
  student_id int8,
  parameters_id int4,
  state int2,
  pending_runs int2,
  p float8,
  p_low float8,
  p_high float8,
  readiness_mean float8,
  readiness_sd float8,
  exam_mean float8,
  exam_sd float8,
  exam_day date,
  results_used int4,
  last_check_at timestamptz
);

-- ---- jobs: what takes longer than a request may

-- Somebody of the office asks, a daemon computes a page of students at a time and writes what came out. The lease says who is at
-- it; when it ends without a result, the daemon is gone and another begins anew. Finished jobs stay: what was seen before a
-- decision is part of the decision (ops.parameter_activation). Locks: the row, for a moment; never while computing.
create table ops.job (
  school_id int4 not null references core.school,
  job_id int8 generated always as identity,
  kind text not null check (kind in ('replay', 'preview')),
  args jsonb not null,         -- as the daemon needs them; written by replay_begin and model_preview
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
  done int4 not null default 0,  -- students
  total int4 not null default 0, -- as counted when it was begun; 0 before
  result jsonb,
  why text check (length(why) <= 500), -- it failed: a sentence
  asked_by int8,               -- null: a program
  asked_at timestamptz not null,
  begun_at timestamptz,
  finished_at timestamptz,
  worker text,
  lease_until timestamptz,
  tries int2 not null default 0,
  primary key (school_id, job_id),
  foreign key (school_id, asked_by) references core.staff,
  check ((state = 'done') = (result is not null)),
  check ((state in ('done', 'failed', 'cancelled')) = (finished_at is not null)),
  check (state <> 'running' or lease_until is not null)
);
call core.protect('ops.job');
-- The next one to take, over all schools: the few that are not finished.
create index job_open on ops.job (school_id, job_id) where state in ('queued', 'running');

-- ---- versions of the parameters

alter table ops.parameter_set add column added_by text; -- the program, or the person's account
alter table ops.parameter_set add column note text not null default '';      -- the opening words of its file
alter table ops.parameter_set add column fitted_on jsonb; -- null: not made by stepguardctl fit; see core.parameter_head
alter table ops.parameter_set add column held_out jsonb;

-- Who put which version in force, when, in place of which, and why.
create table ops.parameter_activation (
  school_id int4 not null,
  activation_id int8 generated always as identity,
  parameters_id int4 not null,
  previous_id int4, -- null: the first one
  activated_at timestamptz not null,
  staff_id int8,    -- null: the operator's tool
  actor text not null,
  reason text not null check (length(reason) <= 500),
  job_id int8,      -- the preview that was looked at
  primary key (school_id, activation_id),
  foreign key (school_id, parameters_id) references ops.parameter_set,
  foreign key (school_id, previous_id) references ops.parameter_set,
  foreign key (school_id, staff_id) references core.staff,
  foreign key (school_id, job_id) references ops.job
);
call core.protect('ops.parameter_activation');
revoke update, delete, truncate on ops.parameter_activation from sg_owner;
-- What was in force before this table was there.
select set_config('sg.scope', '*|*', true);
insert into ops.parameter_activation (school_id, parameters_id, activated_at, actor, reason)
select p.school_id, p.parameters_id, p.activated_at, 'before this was kept', ''
  from ops.parameter_set p where p.activated_at is not null order by p.activated_at;
select set_config('sg.scope', '', true);
