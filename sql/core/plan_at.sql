-- The coming attempt of one student as it was known at a moment: core.plan_of() of a past day, for estimates of nights that are
-- over.
--
-- From the first word about the student on, it is what had been said by then. Before that (a school that starts brings its old
-- plans in one file, long after) it is what is known today, as far as it lies in time: an attempt once those before it are known to
-- have failed, an outcome from the day after it became known, which is four weeks after the exam where nobody wrote that day down:
-- the span USMLE names for most results, and what study/past.c takes.
--
-- Where everything was said by p_at this is core.plan_of(), and tests/20sql hold the two to each other.
create or replace function core.plan_at(p_school int4, p_student int8, p_at timestamptz, p_zone text)
  returns table (attempt int2, failures int2, exam_day date, dedicated_day date, permit_from date, permit_to date, taken_on date,
                 passed bool, date_moves int2)
  language sql stable as $$
  with log as (
    select c.*, min(c.made_at) over () <= p_at as spoken
      from core.plan_change c
     where c.school_id = p_school and c.student_id = p_student
  ), folded as (
    select c.attempt, c.spoken,
           (array_agg(c.exam_day order by c.made_at desc, c.change_id desc) filter (where c.action in (1, 2)))[1] as planned_on,
           (array_agg(c.permit_from order by c.made_at desc, c.change_id desc)
              filter (where c.action = 1 and c.permit_from is not null))[1] as permit_from,
           (array_agg(c.permit_to order by c.made_at desc, c.change_id desc)
              filter (where c.action = 1 and c.permit_to is not null))[1] as permit_to,
           (array_agg(c.dedicated_start order by c.made_at desc, c.change_id desc)
              filter (where c.action = 1 and c.dedicated_start is not null))[1] as dedicated_day,
           (array_agg(c.exam_day order by c.source desc, c.made_at desc, c.change_id desc)
              filter (where c.action = 3))[1] as taken_on,
           (array_agg(c.outcome order by c.source desc, c.made_at desc, c.change_id desc)
              filter (where c.action = 4))[1] as outcome,
           (array_agg(c.outcome_known_on order by c.source desc, c.made_at desc, c.change_id desc)
              filter (where c.action = 4))[1] as known_on,
           array_agg(c.exam_day order by c.made_at, c.change_id) filter (where c.action = 1 and c.spoken) as plans
      from log c
     where not c.spoken or c.made_at <= p_at
     group by c.attempt, c.spoken
  ), known as (
    select f.attempt, f.spoken, coalesce(f.taken_on, f.planned_on) as exam_day, f.dedicated_day, f.permit_from, f.permit_to,
           f.taken_on, f.plans,
           case when f.spoken or coalesce(f.known_on, coalesce(f.taken_on, f.planned_on) + 28) < (p_at at time zone p_zone)::date
                then f.outcome end as outcome
      from folded f
  ), reached as (
    select k.*, count(*) filter (where k.outcome = 2) over () as failures, bool_or(k.outcome = 1) over () as passed
      from known k
     where k.spoken or not exists (select from known b where b.attempt < k.attempt and b.outcome is distinct from 2)
  )
  select case when l.outcome = 2 then l.attempt + 1 else coalesce(l.attempt, 1) end::int2,
         coalesce(l.failures, 0)::int2,
         case when l.outcome is distinct from 2 then l.exam_day end,
         case when l.outcome is distinct from 2 then l.dedicated_day end,
         case when l.outcome is distinct from 2 then l.permit_from end,
         case when l.outcome is distinct from 2 then l.permit_to end,
         case when l.outcome is distinct from 2 then l.taken_on end,
         coalesce(l.passed, false),
         case when l.outcome is null then
           (select count(*) filter (where x.day <> x.before)
              from (select p.day, lag(p.day) over (order by p.n) as before from unnest(l.plans) with ordinality p(day, n)) x)
         else 0 end::int2
    from (select) one
    left join lateral (select r.* from reached r order by r.attempt desc limit 1) l on true
$$;
