-- The goal that stands on a day: of those that begin by then, the one set last. No row where none was ever set; a row without any
-- goal where they were taken back.
create or replace function core.study_goal_of(p_school int4, p_student int8, p_day date) returns setof core.study_goal
  language sql stable rows 1 as $$
  select * from core.study_goal g
   where g.school_id = p_school and g.student_id = p_student and g.from_day <= p_day
   order by g.set_at desc, g.goal_id desc
   limit 1
$$;
