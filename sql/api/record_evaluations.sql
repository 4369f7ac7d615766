-- Records estimates, each only if the student's data are still the version it was made from: a compare-and-swap per student.
-- Flags are written by difference: a new one is opened, one that is no longer raised is closed, one whose words changed is
-- changed, the rest are left alone; what was open once stays as history. For each assessment, in order: whether it was recorded.
-- With p_night, what is recorded is also kept as what that night said (core.estimate_night), unless the night is whole already.
--
-- recorded false: the data changed meanwhile (whoever changed them sees to it that the estimate is made again), or a newer
-- estimate is there already (a report for a past night must not turn back the clock). One of a time that is yet to come, made by a
-- program whose clock ran ahead or for somebody who asked what will be, gives way once the data are not what it was made from:
-- else the student would stay stale until that time had come.
--
-- Who: sg_student, sg_report, sg_operator. Ground: computing. A student twice in one call: the later as-of time counts.
--
-- Cases follow in the same transaction (core.cases_follow): a flag is never open without its case. They are asked after only for
-- who has something of which a case could come, or has one: of most students neither is true.
--
-- Open flags are found by a probe for each student (or flag) and changed by their place, which nobody else moves meanwhile: written
-- as plain joins, plans made while there were no flags yet compared each flag of the call with each open one of the school, and
-- were kept until the table was analysed: half of the time of a new school's first uploads.
--
-- Estimates are wide (sentences), and a night records a hundred thousand: they are gone through once, everything else goes by
-- lists of numbers. NOT IN and IN … IS TRUE rather than joins, deliberately: their subqueries are hashed whatever the planner
-- thinks of their size. The sentences are compressed by lz4, which takes a fifth of the time of PostgreSQL's own, and are stored as
-- the text they came as: to look at them as JSON took a third of all that recording an estimate takes.
--
-- Locks: the students' progress rows in key order, which also serialises estimates and uploads of one student; then what hangs
-- on them, their cases last. Nobody else writes these students' flags meanwhile.
drop function if exists api.record_evaluations(api.evaluation_row[], api.flag_row[]); -- it was given a further parameter
create or replace function api.record_evaluations(p_evaluations api.evaluation_row[], p_flags api.flag_row[],
                                                  p_night date default null)
  returns table (school_id int4, student_id int8, recorded bool)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set default_toast_compression = 'lz4'
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := clock_timestamp(); -- marks what this call recorded
  v_asked_schools int4[];
  v_asked_students int8[];
  v_places int8[];   -- of those of the present version, in p_evaluations
  v_schools int4[];  -- recorded: side by side
  v_students int8[];
  v_times timestamptz[];
  v_stale int8[];    -- students whose progress is to say that they were assessed
  v_case_schools int4[];
  v_case_students int8[];
begin
  select array_agg((e.a).school_id), array_agg((e.a).student_id) into v_asked_schools, v_asked_students
    from (select unnest(p_evaluations) as a) e;
  perform core.enter(array(select distinct s from unnest(v_asked_schools) s));

  select array_agg(l.n), array_agg(l.student_id) filter (where l.stale) into v_places, v_stale
    from (select a.n, p.student_id, p.assessed_version <> a.version or p.lease_until is not null as stale
            from (select (e.a).school_id, (e.a).student_id, (e.a).version, e.n
                    from (select unnest(p_evaluations) as a, generate_series(1, cardinality(p_evaluations)) as n) e) a
            join core.progress p on p.school_id = a.school_id and p.student_id = a.student_id and p.version = a.version
           order by p.school_id, p.student_id
             for no key update of p) l;

  with written as (
    insert into core.assessment as o (school_id, student_id, version, parameters_id, as_of, recorded_at, state, pending_runs,
                                      results_used, exam_day, readiness_mean, readiness_sd, exam_mean, exam_sd, p, p_low, p_high,
                                      base_rate, growth_per_week, last_check_at, reasons, reasons_text, effort_items, area_numbers,
                                      area_items, area_correct, area_difference_centi, weak_areas)
    select a.school_id, a.student_id, a.version, a.parameters_id, a.as_of, v_now, a.state, a.pending_runs, a.results_used,
           a.exam_day, a.readiness_mean, a.readiness_sd, a.exam_mean, a.exam_sd, a.p, a.p_low, a.p_high, a.base_rate,
           a.growth_per_week, a.last_check_at, '[]', a.reasons, a.effort_items, a.area_numbers, a.area_items, a.area_correct,
           a.area_difference_centi, a.weak_areas
      from (select distinct on ((e.a).school_id, (e.a).student_id) e.a
              from (select unnest(p_evaluations) as a, generate_series(1, cardinality(p_evaluations)) as n) e
             where e.n = any (v_places)
             order by (e.a).school_id, (e.a).student_id, (e.a).as_of desc) x
     cross join lateral (select (x.a).*) a
        on conflict (school_id, student_id) do update
       set (version, parameters_id, as_of, recorded_at, state, pending_runs, results_used, exam_day, readiness_mean, readiness_sd,
            exam_mean, exam_sd, p, p_low, p_high, base_rate, growth_per_week, last_check_at, reasons, reasons_text, effort_items,
            area_numbers, area_items, area_correct, area_difference_centi, weak_areas)
         = (excluded.version, excluded.parameters_id, excluded.as_of, excluded.recorded_at, excluded.state, excluded.pending_runs,
            excluded.results_used, excluded.exam_day, excluded.readiness_mean, excluded.readiness_sd, excluded.exam_mean,
            excluded.exam_sd, excluded.p, excluded.p_low, excluded.p_high, excluded.base_rate, excluded.growth_per_week,
            excluded.last_check_at, excluded.reasons, excluded.reasons_text, excluded.effort_items, excluded.area_numbers,
            excluded.area_items, excluded.area_correct, excluded.area_difference_centi, excluded.weak_areas)
     where o.as_of <= excluded.as_of or (o.as_of > v_now and o.version < excluded.version)
    returning school_id, student_id, last_check_at, parameters_id, results_used, exam_day, p, p_low, p_high, readiness_mean,
              readiness_sd, exam_mean, exam_sd, state, pending_runs, as_of
  ), kept as (
    insert into core.estimate_night (school_id, night, student_id, last_check_at, parameters_id, results_used, exam_day,
                                     p, p_low, p_high, readiness_mean, readiness_sd, exam_mean, exam_sd, state, pending_runs)
    select w.school_id, p_night, w.student_id, w.last_check_at, w.parameters_id, w.results_used, w.exam_day, w.p, w.p_low, w.p_high,
           w.readiness_mean, w.readiness_sd, w.exam_mean, w.exam_sd, w.state, w.pending_runs
      from written w
     where p_night is not null and w.school_id not in (select n.school_id from ops.night n where n.night = p_night)
        on conflict do nothing
  )
  select array_agg(w.school_id), array_agg(w.student_id), array_agg(w.as_of),
         array_agg(w.school_id) filter (where c.yes), array_agg(w.student_id) filter (where c.yes)
    into v_schools, v_students, v_times, v_case_schools, v_case_students
    from written w
   cross join lateral (
          select w.state = 1
              or (w.school_id, w.student_id) in (select i.school_id, i.student_id from unnest(p_flags) i where i.severity >= 3)
              or exists (select from core.case_file c
                          where c.school_id = w.school_id and c.student_id = w.student_id and c.state <> 'merged') as yes) c;

  update core.flag f
     set closed_at = greatest(o.as_of, f.opened_at), changed_at = v_now
    from (select o.ctid as at, a.as_of
            from unnest(v_schools, v_students, v_times) a(school_id, student_id, as_of)
           cross join lateral (select o.ctid, o.code from core.flag o
                                where o.school_id = a.school_id and o.student_id = a.student_id and o.closed_at is null
                               offset 0) o
           where (a.school_id, a.student_id, o.code) not in (select i.school_id, i.student_id, i.code from unnest(p_flags) i)) o
   where f.ctid = o.at;

  update core.flag f
     set (changed_at, version, severity, text, detail) = (v_now, o.version, o.severity, o.text, o.detail::json)
    from (select o.ctid as at, i.version, i.severity, i.text, i.detail
            from unnest(p_flags) i
           cross join lateral (select o.ctid, o.version, o.severity, o.text, o.detail from core.flag o
                                where o.school_id = i.school_id and o.student_id = i.student_id and o.code = i.code
                                  and o.closed_at is null
                               offset 0) o
           where ((i.school_id, i.student_id) in (select * from unnest(v_schools, v_students))) is true
             and (o.version, o.severity, o.text, o.detail::text) is distinct from (i.version, i.severity, i.text, i.detail)) o
   where f.ctid = o.at;

  insert into core.flag (school_id, student_id, code, opened_at, changed_at, version, severity, text, detail)
  select distinct on (i.school_id, i.student_id, i.code)
         i.school_id, i.student_id, i.code, a.as_of, v_now, i.version, i.severity, i.text, i.detail::json
    from unnest(p_flags) i
    join core.assessment a on a.school_id = i.school_id and a.student_id = i.student_id and a.recorded_at = v_now
   where (select f.flag_id from core.flag f
           where f.school_id = i.school_id and f.student_id = i.student_id and f.code = i.code and f.closed_at is null) is null
   order by i.school_id, i.student_id, i.code;

  if v_stale is not null then
    update core.progress p
       set assessed_version = p.version, lease_until = null
      from unnest(v_schools, v_students) a(school_id, student_id)
     where p.school_id = a.school_id and p.student_id = a.student_id and p.student_id = any (v_stale);
  end if;

  perform core.cases_follow(v_case_schools, v_case_students, core.now());

  return query
  select x.school_id, x.student_id, (x.school_id, x.student_id) in (select * from unnest(v_schools, v_students))
    from unnest(v_asked_schools, v_asked_students) with ordinality x(school_id, student_id, n)
   order by x.n;

  perform pg_notify('sg_changed', s.school_id::text)
    from (select distinct x.school_id from unnest(v_schools) x(school_id)) s;
end
$$;
