-- What is computed: parameter sets, the estimate in force for each student, flags, nightly runs.
--
-- Only the latest estimate is kept. An earlier one can be computed again, to the last bit: results and plan changes are kept
-- with the time they became known, and the engine is deterministic. Keeping each would multiply the writing of an upload.
--
-- Flags keep their history, because a person acts on them: one row for each time a flag was open.

create table ops.parameter_set (
  school_id int4 not null references core.school,
  parameters_id int4 generated always as identity,
  version text not null check (version <> ''),
  body text not null,        -- as risk_params_parse() takes it
  instruments text not null, -- instruments.csv
  sha256 bytea not null check (octet_length(sha256) = 32),
  added_at timestamptz not null default now(),
  activated_at timestamptz,
  primary key (school_id, parameters_id),
  unique (school_id, version) -- a version is one text, for ever
);
call core.protect('ops.parameter_set');
alter table core.school add foreign key (school_id, parameters_id) references ops.parameter_set;

create table core.assessment (
  school_id int4 not null,
  student_id int8 not null,
  version int8 not null, -- of core.progress, that it was made from
  parameters_id int4 not null,
  as_of timestamptz not null,
  recorded_at timestamptz not null,
  state int2 not null check (state between 1 and 4), -- 1 at risk, 2 borderline, 3 on track, 4 cannot say
  pending_runs int2 not null,
  results_used int4 not null,
  exam_day date,
  readiness_mean float8 not null,
  readiness_sd float8 not null,
  exam_mean float8 not null,
  exam_sd float8 not null,
  p float8 not null check (p >= 0 and p <= 1), -- also refuses NaN, which sorts above all numbers
  p_low float8 not null check (p_low >= 0 and p_low <= 1),
  p_high float8 not null check (p_high >= 0 and p_high <= 1),
  base_rate float8 not null check (base_rate >= 0 and base_rate <= 1),
  growth_per_week float8 not null,
  last_check_at timestamptz,
  reasons json not null, -- handed through as it came: [{"code","points","text","result_id"?}]
  primary key (school_id, student_id),
  foreign key (school_id, student_id) references core.student
) with (fillfactor = 70); -- every sync writes it anew; no other index, so it stays on its page
call core.protect('core.assessment');

create table core.flag (
  school_id int4 not null,
  flag_id int8 generated always as identity,
  student_id int8 not null,
  code text not null,
  opened_at timestamptz not null, -- the as-of time of the estimate that opened it
  closed_at timestamptz check (closed_at >= opened_at),
  changed_at timestamptz not null,
  version int2 not null,  -- of the rule
  severity int2 not null check (severity between 1 and 4), -- 1 info, 2 watch, 3 warning, 4 urgent
  text text not null,
  detail json not null,   -- {"numbers":[…],"evidence":["uuid",…]}
  primary key (school_id, flag_id),
  foreign key (school_id, student_id) references core.student
);
call core.protect('core.flag');
-- One open flag of a kind; the queue reads the open ones of a school.
create unique index flag_open on core.flag (school_id, student_id, code) where closed_at is null;
-- A student's page shows the closed ones too.
create index flag_by_student on core.flag (school_id, student_id);
-- The brief asks what closed since the night before.
create index flag_closed on core.flag (school_id, closed_at) where closed_at is not null;

create table ops.run (
  school_id int4 not null references core.school,
  run_id int8 generated always as identity,
  night date not null,
  as_of timestamptz not null,
  parameters_id int4,
  host text not null,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  manifest jsonb,
  primary key (school_id, run_id),
  unique (school_id, night), -- a night is evaluated once; a second try goes on with the first
  check ((finished_at is null) = (manifest is null))
);
call core.protect('ops.run');
