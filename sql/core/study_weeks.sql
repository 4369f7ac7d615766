-- The check-ins of these students that count, one a week from p_from on: of several of a week the one made last.
create or replace function core.study_weeks(p_school int4, p_students int8[], p_from date) returns setof core.study_checkin
  language sql stable as $$
  select distinct on (c.student_id, c.week_from) c.*
    from core.study_checkin c
   where c.school_id = p_school and c.student_id = any (p_students) and c.week_from >= p_from
   order by c.student_id, c.week_from desc, c.made_at desc, c.checkin_id desc
$$;
