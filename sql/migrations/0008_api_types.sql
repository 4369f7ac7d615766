-- Types of the interface: what the programs send and get as rows, in binary. Column order is part of the contract with
-- server/db (types by name, columns by place): a change is a new type beside the old one, never a changed column.

-- One upload of a batch: whose it is by its certificate, and how many of the result rows that follow belong to it.
create type api.upload_row as (
  school_id int4,
  student_id int8,
  device_id int8,
  serial bytea,
  rows int4
);

create type api.result_row as (
  result_id uuid,
  revision int4,
  retracted bool,
  instrument text,
  form text,
  taken_at timestamptz,
  scale int2,
  score_centi int4,
  mode int2,
  repeat bool,
  items int2,
  correct int2,
  omitted int2,
  seconds int4,
  seconds_allowed int4,
  printed_p_pass_bp int2,
  subs bytea -- 5 bytes a sub-score: area u8, items u16, correct u16, big-endian
);

create type api.assessment_row as (
  school_id int4,
  student_id int8,
  version int8,
  parameters_id int4,
  as_of timestamptz,
  state int2,
  pending_runs int2,
  readiness_mean float8,
  readiness_sd float8,
  exam_mean float8,
  exam_sd float8,
  p float8,
  p_low float8,
  p_high float8,
  base_rate float8,
  growth_per_week float8,
  results_used int4,
  exam_day date,
  last_check_at timestamptz,
  reasons text
);

create type api.flag_row as (
  school_id int4,
  student_id int8,
  code text,
  version int2,
  severity int2,
  text text,
  detail text
);

-- All that the estimate of one student rests on.
create type api.student_state as (
  school_id int4,
  student_id int8,
  version int8,
  parameters_id int4, -- 0 where the school has no set in force
  external_id text,
  zone text,
  track int2,
  attempt int2,
  failures int2,
  exam_day date,
  dedicated_day date,
  permit_from date,
  permit_to date,
  deadline date,
  enrolled bool,
  enrolled_at timestamptz,
  last_sync_at timestamptz,
  previous_state int2, -- 0 where there is no estimate yet
  pending_runs int2,
  results api.result_row[] -- current revisions, not retracted
);
