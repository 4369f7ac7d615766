-- Two things that every night does for everybody, made cheaper.
--
-- Room on the pages of flags. A night words nearly every open flag anew (days pass, P moves). On a full page a changed row goes
-- to another one and into four indexes, 99 of 100; with half of each page free 99 of 100 stay where they are
-- (tests/70load/RESULTS.md). Pages that are full make room as their rows change.
alter table core.flag set (fillfactor = 50);

-- The rest of what core.plan_of() says is kept with the attempts (0016), so that neither an upload nor a night folds the log of
-- what was said, 9 microseconds a student. Filled by core.plan_of() as it still is here, the fold itself (core.plan_fold from now
-- on).
alter table core.attempt_fact add column dedicated_day date;
alter table core.attempt_fact add column last_failed_day date;   -- of those whose day is known
alter table core.attempt_fact add column sittings date[] not null default '{}';
alter table core.attempt_fact add column date_moves int2 not null default 0;

-- As in 0016, but that the coming attempt is core.plan_fold()'s own.
create or replace function core.attempt_facts_keep(p_school int4, p_students int8[]) returns void
  language plpgsql as $$
begin
  perform from core.progress p
    where p.school_id = p_school and p.student_id = any (p_students)
    order by p.school_id, p.student_id
      for no key update;
  insert into core.attempt_fact as k (school_id, student_id, attempt, failures, passed, taken, exam_on, permit_from, permit_to,
                                      days, used, undated, failed_on, failure_known_on, dedicated_day, last_failed_day, sittings,
                                      date_moves)
  select p_school, f.student_id, p.attempt, p.failures, p.passed, p.taken, p.exam_day, p.permit_from, p.permit_to,
         coalesce(f.days, '{}'), f.used, f.used > coalesce(cardinality(f.days), 0), f.failed_on, f.failure_known_on,
         p.dedicated_day, p.last_failed_day, p.sittings, p.date_moves
    from (select s.student_id, array_agg(u.day order by u.day desc) filter (where u.day is not null) as days,
                 count(*) filter (where u.counts) as used, max(u.day) filter (where t.outcome = 2) as failed_on,
                 max(coalesce(t.outcome_known_on, u.day)) filter (where t.outcome = 2) as failure_known_on
            from unnest(p_students) s(student_id)
           cross join lateral core.attempts_of(p_school, s.student_id) t
           cross join lateral (select t.taken_on is not null or t.outcome is not null as counts) n
           cross join lateral (select n.counts, case when n.counts then coalesce(t.taken_on, t.planned_on, t.outcome_known_on) end
                                        as day) u
           group by s.student_id) f
   cross join lateral core.plan_fold(p_school, f.student_id) p
      on conflict (school_id, student_id) do update
     set (attempt, failures, passed, taken, exam_on, permit_from, permit_to, days, used, undated, failed_on, failure_known_on,
          dedicated_day, last_failed_day, sittings, date_moves)
       = (excluded.attempt, excluded.failures, excluded.passed, excluded.taken, excluded.exam_on, excluded.permit_from,
          excluded.permit_to, excluded.days, excluded.used, excluded.undated, excluded.failed_on, excluded.failure_known_on,
          excluded.dedicated_day, excluded.last_failed_day, excluded.sittings, excluded.date_moves);
end
$$;

select set_config('sg.scope', '*|*', true);
do $$
begin
  if exists (select from core.attempt_fact) then
    update core.attempt_fact k
       set (dedicated_day, last_failed_day, sittings, date_moves)
         = (select p.dedicated_day, p.last_failed_day, p.sittings, p.date_moves from core.plan_of(k.school_id, k.student_id) p);
  end if;
end
$$;
select set_config('sg.scope', '', true);
