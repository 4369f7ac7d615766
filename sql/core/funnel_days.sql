-- The period of the funnel where none is asked for: half a year, the time from a first readiness check to the exam and its result.
create or replace function core.funnel_days() returns int4
  language sql immutable parallel safe
  return 182;
