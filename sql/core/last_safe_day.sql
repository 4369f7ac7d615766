-- The last day on which a decision about the exam's date still protects the student's path; null where there is none
-- (core.calendar_rows says when). For many students join core.calendar_rows instead.
create or replace function core.last_safe_day(p_school int4, p_student int8, p_as_of timestamptz) returns date
  language sql stable as $$
  select r.last_safe_on from core.calendar_rows(p_school, p_as_of, array[p_student]) r
$$;
