-- The students behind the figures of a class, one row each: who is on the roster and not inactive, of these classes and this track
-- (null: any), with the estimate in force; all of its columns are null where there is none.
--   stage   'to_sit'   the exam, or another attempt, is still to come: whom estimates are about
--           'waiting'  taken, the result is not there
--           'passed'
--   state   of the estimate; 0 where there is none
create or replace function core.cohort_rows(p_school int4, p_years int2[], p_track int2)
  returns table (student_id int8, external_id text, given_name text, family_name text, class_year int2, track int2, stage text,
                 failures int2, state int2, why text, p float8, readiness float8, readiness_sd float8, exam_day date,
                 as_of timestamptz, effort int4, area_numbers int4[], area_items int4[], area_correct int4[],
                 area_difference_centi int4[], weak_areas int4[])
  language sql stable as $$
  select s.student_id, s.external_id, s.given_name, s.family_name, s.class_year, s.track,
         case when t.passed then 'passed' when t.taken then 'waiting' else 'to_sit' end, coalesce(t.failures, 0::int2),
         coalesce(a.state, 0::int2), core.cannot_say_why(a.state, a.results_used, a.exam_sd, (select l.thin_sd
           from core.model_lines(p_school) l), a.last_check_at), a.p,
         a.readiness_mean, a.readiness_sd, a.exam_day, a.as_of, a.effort_items, a.area_numbers, a.area_items, a.area_correct,
         a.area_difference_centi, a.weak_areas
    from core.student s
    left join core.assessment a on a.school_id = p_school and a.student_id = s.student_id
    left join core.attempt_fact t on t.school_id = p_school and t.student_id = s.student_id
   where s.school_id = p_school and s.status <> 'inactive' and (p_years is null or coalesce(s.class_year, 0::int2) = any (p_years))
     and (p_track is null or s.track = p_track)
$$;
