-- How much a student has been working and how each area of the outline stands, kept with the estimate they were computed with: the
-- figures of a class are of thousands, and to compute them from sub-scores with each look would take seconds
-- (core.result packs them; what counts as a repeat, and which areas are weak, only the engine knows).
--
-- On the row of the estimate rather than in a table of their own: they are written with it, each time, and read with it. All null
-- where a program of the version before recorded it; the next night fills them in.
--
-- The lists stand side by side in order of the area's number (core.areas); int4, because that is what the programs send.
alter table core.assessment add column effort_items int4 check (effort_items >= 0); -- answered in the 28 days before as_of
alter table core.assessment add column area_numbers int4[];
alter table core.assessment add column area_items int4[];
alter table core.assessment add column area_correct int4[];
alter table core.assessment add column area_difference_centi int4[]; -- from the student's whole score, EPC, shrunk towards 0
alter table core.assessment add column weak_areas int4[]; -- numbers of those that are weak, as the parameters say it

-- An estimate with all that is kept of it; api.assessment_row and the function that takes it stay for programs of the version
-- before.
create type api.evaluation_row as (
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
  reasons text,
  effort_items int4,
  area_numbers int4[],
  area_items int4[],
  area_correct int4[],
  area_difference_centi int4[],
  weak_areas int4[]
);
