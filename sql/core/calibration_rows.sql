-- What was said and what happened: for each attempt with an outcome the estimate of the last kept night that lay p_horizon days or
-- up to six more before the exam (a school's kept nights may be weekly). Only estimates for a planned day, and for this attempt:
-- where the exam of an attempt before it was still to come, what was said was about that one. p_parameters: only those made with
-- that set.
create or replace function core.calibration_rows(p_school int4, p_horizon int4, p_parameters int4)
  returns table (p float8, passed bool, class_year int2, track int2)
  language sql stable as $$
  select e.p, a.outcome = 1, s.class_year, s.track
    from (select distinct c.student_id from core.plan_change c where c.school_id = p_school and c.action = 4) told
    join core.student s on s.school_id = p_school and s.student_id = told.student_id
   cross join lateral (
          select a.taken_on, a.outcome,
                 max(a.taken_on) over (order by a.attempt rows between unbounded preceding and 1 preceding) as before_on
            from core.attempts_of(p_school, s.student_id) a) a
   cross join lateral (
          select max(n.night) as night from ops.night n
           where n.school_id = p_school and n.night between a.taken_on - p_horizon - 6 and a.taken_on - p_horizon) n
    join core.estimate_night e on e.school_id = p_school and e.night = n.night and e.student_id = s.student_id
   where a.outcome is not null and e.exam_day is not null and (a.before_on is null or e.exam_day > a.before_on)
     and (p_parameters is null or e.parameters_id = p_parameters)
$$;
