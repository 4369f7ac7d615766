-- core.plan_of() made from the log of what was said: what core.attempt_facts_keep() keeps of it, and what tests hold it to.
create or replace function core.plan_fold(p_school int4, p_student int8)
  returns table (attempt int2, failures int2, exam_day date, dedicated_day date, permit_from date, permit_to date, taken bool,
                 passed bool, last_failed_day date, sittings date[], date_moves int2)
  language sql stable as $$
  select case when l.outcome = 2 then l.attempt + 1 else coalesce(l.attempt, 1) end::int2,
         coalesce(l.failures, 0)::int2,
         case when l.outcome is distinct from 2 then coalesce(l.taken_on, l.planned_on) end,
         case when l.outcome is distinct from 2 then l.dedicated_day end,
         case when l.outcome is distinct from 2 then l.permit_from end,
         case when l.outcome is distinct from 2 then l.permit_to end,
         l.outcome is distinct from 2 and l.taken_on is not null,
         coalesce(l.passed, false), l.last_failed_day,
         coalesce(case when l.outcome is null then array_remove(l.days, l.taken_on) else l.days end, '{}'),
         case when l.outcome is null and cardinality(l.plans) > 1 then
           (select count(*) filter (where x.day <> x.before)
              from (select p.day, lag(p.day) over (order by p.n) as before from unnest(l.plans) with ordinality p(day, n)) x)
         else 0 end::int2
    from (select) one
    left join lateral (
           select a.*, count(*) filter (where a.outcome = 2) over () as failures, bool_or(a.outcome = 1) over () as passed,
                  (max(a.taken_on) filter (where a.outcome = 2) over ()) as last_failed_day,
                  (array_agg(a.taken_on) filter (where a.taken_on is not null) over (order by a.taken_on desc nulls last
                     rows between unbounded preceding and unbounded following)) as days
             from core.attempts_of(p_school, p_student) a
            order by a.attempt desc
            limit 1) l on true
$$;
