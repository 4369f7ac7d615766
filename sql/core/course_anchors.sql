-- The days from which the weeks of a class's course are counted (core.class_courses), one row a student who is not inactive, of
-- these classes and this track (null: any). exam_on: the first exam, the day it was taken, else the day planned now. day: the same
-- (p_by 'exam'), or the first of the dedicated period, as the student's plan says, else the roster ('dedicated').
create or replace function core.course_anchors(p_school int4, p_by text, p_years int2[], p_track int2)
  returns table (student_id int8, class_year int2, exam_on date, day date)
  language sql stable as $$
  with begun as materialized (
    select c.student_id, (array_agg(c.dedicated_start order by c.made_at desc, c.change_id desc))[1] as day
      from core.plan_change c
     where p_by = 'dedicated' and c.school_id = p_school and c.action = 1 and c.attempt = 1 and c.dedicated_start is not null
     group by c.student_id
  )
  select s.student_id, s.class_year, x.exam_on, case p_by when 'exam' then x.exam_on else coalesce(b.day, s.dedicated_day) end
    from core.student s
    left join core.attempt_fact t on t.school_id = p_school and t.student_id = s.student_id
    left join core.assessment a on a.school_id = p_school and a.student_id = s.student_id
    left join begun b on b.student_id = s.student_id
   cross join lateral (select coalesce(t.days[cardinality(t.days)], a.exam_day) as exam_on) x -- newest first
   where s.school_id = p_school and s.status <> 'inactive'
     and (p_years is null or coalesce(s.class_year, 0::int2) = any (p_years)) and (p_track is null or s.track = p_track)
$$;
