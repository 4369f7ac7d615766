-- How the planned day of a student's coming attempt moved: how often later than it stood, the first day that was ever planned, and
-- the day of the last failed attempt. Statements in the order in which they were made, whoever made them; cancelling is no move by
-- itself, but a later day after it is one. The rule "avoidance" counts by it.
create or replace function core.plan_history(p_school int4, p_student int8)
  returns table (attempt int2, moves_later int4, moves_earlier int4, first_planned_on date, last_failed_on date)
  language sql stable as $$
  select f.attempt, coalesce(m.later, 0)::int4, coalesce(m.earlier, 0)::int4, m.first_planned_on, f.failed_on
    from core.attempt_facts(p_school, p_student) f
   cross join lateral (
          select count(*) filter (where x.exam_day > x.before) as later, count(*) filter (where x.exam_day < x.before) as earlier,
                 (array_agg(x.exam_day order by x.made_at, x.change_id))[1] as first_planned_on
            from (select c.exam_day, c.made_at, c.change_id, lag(c.exam_day) over (order by c.made_at, c.change_id) as before
                    from core.plan_change c
                   where c.school_id = p_school and c.student_id = p_student and c.attempt = f.attempt and c.action = 1) x) m
$$;
