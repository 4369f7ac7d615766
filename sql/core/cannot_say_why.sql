-- Why nothing can be said of a student, as server/risk/state.c came to it: no results at all; an estimate too wide; no readiness
-- check, or one too old for the days that are left. Null for every other state.
create or replace function core.cannot_say_why(p_state int2, p_results int4, p_exam_sd float8, p_thin float8, p_check timestamptz)
  returns text
  language sql immutable parallel safe
  return case when p_state is distinct from 4 then null
              when p_results = 0 then 'no_results'
              when p_exam_sd > p_thin then 'too_wide'
              when p_check is null then 'no_check'
              else 'check_old' end;
