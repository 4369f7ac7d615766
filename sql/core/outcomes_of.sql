-- The attempts of a whole school that have an outcome, as core.attempts_of() folds them for one student: one sort instead of a
-- look-up for each student, for figures about everybody. before_on is the day of the attempt before; null where there was none.
create or replace function core.outcomes_of(p_school int4)
  returns table (student_id int8, attempt int2, taken_on date, outcome int2, before_on date)
  language sql stable as $$
  with folded as (
    select c.student_id, c.attempt,
           (array_agg(c.exam_day order by c.source desc, c.made_at desc, c.change_id desc)
              filter (where c.action = 3))[1] as taken_on,
           (array_agg(c.outcome order by c.source desc, c.made_at desc, c.change_id desc)
              filter (where c.action = 4))[1] as outcome
      from core.plan_change c
     where c.school_id = p_school and c.action in (3, 4)
     group by c.student_id, c.attempt
  ), beside as (
    select f.*, max(f.taken_on) over (partition by f.student_id order by f.attempt
                                      rows between unbounded preceding and 1 preceding) as before_on
      from folded f
  )
  select b.student_id, b.attempt, b.taken_on, b.outcome, b.before_on
    from beside b where b.outcome is not null and b.taken_on is not null
$$;
