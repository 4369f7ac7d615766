-- The coming attempt of one student: always one row. It is the highest attempt anyone spoke of; after a failure the one after it,
-- of which nothing is known yet. exam_day is the day taken once it was taken, else the day planned. passed: there is no more to
-- come.
create or replace function core.plan_of(p_school int4, p_student int8)
  returns table (attempt int2, failures int2, exam_day date, dedicated_day date, permit_from date, permit_to date, taken bool,
                 passed bool)
  language sql stable as $$
  select case when l.outcome = 2 then l.attempt + 1 else coalesce(l.attempt, 1) end::int2,
         coalesce(l.failures, 0)::int2,
         case when l.outcome is distinct from 2 then coalesce(l.taken_on, l.planned_on) end,
         case when l.outcome is distinct from 2 then l.dedicated_day end,
         case when l.outcome is distinct from 2 then l.permit_from end,
         case when l.outcome is distinct from 2 then l.permit_to end,
         l.outcome is distinct from 2 and l.taken_on is not null,
         coalesce(l.passed, false)
    from (select) one
    left join lateral (
           select a.*, count(*) filter (where a.outcome = 2) over () as failures, bool_or(a.outcome = 1) over () as passed
             from core.attempts_of(p_school, p_student) a
            order by a.attempt desc
            limit 1) l on true
$$;
