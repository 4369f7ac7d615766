-- The attempts of one student, folded from the log of what was said (core.plan_change): per attempt and per kind of statement the
-- one made last counts; change_id decides between two made in the same instant, so that the order of arrival never does.
-- About taken and outcome the office (source 2) goes before the student. plans: every day that was planned, in the order in which
-- which it was said. What it gives is kept (core.attempt_fact): a change here wants a migration that fills that anew.
drop function if exists core.attempts_of(int4, int8); -- its columns changed
create or replace function core.attempts_of(p_school int4, p_student int8)
  returns table (attempt int2, planned_on date, permit_from date, permit_to date, dedicated_day date, taken_on date, outcome int2,
                 outcome_known_on date, changed_at timestamptz, plans date[])
  language sql stable as $$
  select c.attempt,
         (array_agg(c.exam_day order by c.made_at desc, c.change_id desc) filter (where c.action in (1, 2)))[1],
         (array_agg(c.permit_from order by c.made_at desc, c.change_id desc)
            filter (where c.action = 1 and c.permit_from is not null))[1],
         (array_agg(c.permit_to order by c.made_at desc, c.change_id desc)
            filter (where c.action = 1 and c.permit_to is not null))[1],
         (array_agg(c.dedicated_start order by c.made_at desc, c.change_id desc)
            filter (where c.action = 1 and c.dedicated_start is not null))[1],
         (array_agg(c.exam_day order by c.source desc, c.made_at desc, c.change_id desc) filter (where c.action = 3))[1],
         (array_agg(c.outcome order by c.source desc, c.made_at desc, c.change_id desc) filter (where c.action = 4))[1],
         (array_agg(c.outcome_known_on order by c.source desc, c.made_at desc, c.change_id desc) filter (where c.action = 4))[1],
         max(c.made_at),
         array_agg(c.exam_day order by c.made_at, c.change_id) filter (where c.action = 1)
    from core.plan_change c
   where c.school_id = p_school and c.student_id = p_student
   group by c.attempt
$$;
