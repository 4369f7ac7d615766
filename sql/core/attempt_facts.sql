-- What the calendar needs to know of one student's attempts: always one row. The coming attempt as in core.plan_of; of the attempts
-- that count towards a limit (taken, or with an outcome; an incomplete one is taken) their number and their days, newest first.
-- undated: of one of them not even a planned day is known, so that distances cannot be told.
create or replace function core.attempt_facts(p_school int4, p_student int8)
  returns table (attempt int2, failures int2, passed bool, taken bool, exam_on date, permit_from date, permit_to date, days date[],
                 used int4, undated bool, failed_on date, failure_known_on date)
  language sql stable as $$
  select case when f.outcome = 2 then f.attempt + 1 else coalesce(f.attempt, 1) end::int2, f.failures::int2, coalesce(f.passed,
    false),
         f.outcome is distinct from 2 and f.taken_on is not null,
         case when f.outcome is distinct from 2 then coalesce(f.taken_on, f.planned_on) end,
         case when f.outcome is distinct from 2 then f.permit_from end, case when f.outcome is distinct from 2 then f.permit_to end,
         coalesce(f.days, '{}'), f.used::int4, f.used > coalesce(cardinality(f.days), 0), f.failed_on, f.failure_known_on
    from (select max(t.attempt) as attempt, count(*) filter (where t.outcome = 2) as failures, bool_or(t.outcome = 1) as passed,
                 (array_agg(t.outcome order by t.attempt desc))[1] as outcome,
                   (array_agg(t.taken_on order by t.attempt desc))[1] as taken_on,
                 (array_agg(t.planned_on order by t.attempt desc))[1] as planned_on,
                 (array_agg(t.permit_from order by t.attempt desc))[1] as permit_from,
                 (array_agg(t.permit_to order by t.attempt desc))[1] as permit_to,
                 array_agg(u.day order by u.day desc) filter (where u.day is not null) as days, count(*)
                   filter (where u.counts) as used,
                 max(u.day) filter (where t.outcome = 2) as failed_on,
                 max(coalesce(t.outcome_known_on, u.day)) filter (where t.outcome = 2) as failure_known_on
            from core.attempts_of(p_school, p_student) t
           cross join lateral (select t.taken_on is not null or t.outcome is not null as counts) n
           cross join lateral (select n.counts, case when n.counts then coalesce(t.taken_on, t.planned_on,
             t.outcome_known_on) end as day) u) f
  offset 0 -- keeps the folds apart from their callers', who name them often
$$;
