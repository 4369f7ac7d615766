-- What was said and what happened: for each attempt with an outcome the estimate of the last kept night that lay p_horizon days or
-- up to six more before the exam (a school's kept nights may be weekly). Only estimates for a planned day, and for this attempt:
-- where the exam of an attempt before it was still to come, what was said was about that one. p_parameters: only those made with
-- that set.
create or replace function core.calibration_rows(p_school int4, p_horizon int4, p_parameters int4)
  returns table (p float8, passed bool, class_year int2, track int2)
  language sql stable as $$
  select e.p, a.outcome = 1, s.class_year, s.track
    from core.outcomes_of(p_school) a
    join core.student s on s.school_id = p_school and s.student_id = a.student_id
   cross join lateral (
          select max(n.night) as night from ops.night n
           where n.school_id = p_school and n.night between a.taken_on - p_horizon - 6 and a.taken_on - p_horizon) n
   cross join lateral (
          select e.* from core.estimate_night e
           where e.school_id = p_school and e.night = n.night and e.student_id = a.student_id
          offset 0) e -- a look-up each: the planner would rather hash a year of nights
   where e.exam_day is not null and (a.before_on is null or e.exam_day > a.before_on)
     and (p_parameters is null or e.parameters_id = p_parameters)
$$;
