-- How classes stood week by week, from the nights that were kept: one row a class and week, by weeks before the first exam ('exam':
-- -12 is the twelfth week before it) or since the dedicated period began ('dedicated'); core.course_anchors has the days. Of each
-- calendar week the last kept night speaks, and of two that fall into one of a student's weeks the later, so a student counts once.
-- Nights after the exam say nothing about it and are left out.
--
-- core.courses_known has the same from what is kept. Whoever changes what this says raises the first number of core.course_marks.
create or replace function core.class_courses(p_school int4, p_by text, p_years int2[], p_track int2, p_from int4, p_to int4)
  returns table (class_year int2, week int4, n int8, quartiles float8[], at_risk int8)
  language sql stable as $$
  with nights as materialized (
    select distinct on (date_trunc('week', n.night)) n.night from ops.night n
     where n.school_id = p_school order by date_trunc('week', n.night), n.night desc
  ), anchored as materialized (
    select a.* from core.course_anchors(p_school, p_by, p_years, p_track) a
  ), heard as (
    select a.student_id, a.class_year, floor((n.night - a.day) / 7.0)::int4 as week, max(n.night) as night
      from anchored a
      join nights n on n.night >= a.day + 7 * p_from and n.night < a.day + 7 * (p_to + 1) and coalesce(n.night <= a.exam_on, true)
     group by 1, 2, 3
  ), said as (
    select h.class_year, h.week, e.readiness_mean, e.state
      from heard h
     cross join lateral (
            select e.readiness_mean, e.state from core.estimate_night e
             where e.school_id = p_school and e.night = h.night and e.student_id = h.student_id
            offset 0) e -- a look-up each: the planner would rather hash a year of nights
  )
  select s.class_year, s.week, count(*),
         percentile_cont('{0.25,0.5,0.75}'::float8[]) within group (order by s.readiness_mean::float8),
         count(*) filter (where s.state = 1)
    from said s group by s.class_year, s.week
$$;
