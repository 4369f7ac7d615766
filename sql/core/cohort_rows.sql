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
         case when t.passed then 'passed' when t.taken then 'waiting' else 'to_sit' end, coalesce(t.failures, 0)::int2,
         coalesce(a.state, 0::int2), core.cannot_say_why(a.state, a.results_used, a.exam_sd, l.thin_sd, a.last_check_at), a.p,
         a.readiness_mean, a.readiness_sd, a.exam_day, a.as_of, null::int4, null::int4[], null::int4[], null::int4[], null::int4[],
           null::int4[]
    from core.student s
   cross join core.model_lines(p_school) l
    left join core.assessment a on a.school_id = p_school and a.student_id = s.student_id
    left join (select f.student_id, coalesce(bool_or(f.outcome = 1), false) as passed,
                      (array_agg(f.taken and f.outcome is null order by f.attempt desc))[1] as taken,
                        count(*) filter (where f.outcome = 2) as failures
                 from (select c.student_id, c.attempt, bool_or(c.action = 3) as taken,
                              (array_agg(c.outcome order by c.source desc, c.made_at desc,
                                c.change_id desc) filter (where c.action = 4))[1] as outcome
                         from core.plan_change c where c.school_id = p_school and c.action in (3, 4) group by c.student_id,
                           c.attempt) f
                group by f.student_id) t on t.student_id = s.student_id
   where s.school_id = p_school and s.status <> 'inactive' and (p_years is null or coalesce(s.class_year, 0::int2) = any (p_years))
     and (p_track is null or s.track = p_track)
$$;
