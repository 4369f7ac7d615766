-- Records estimates, each only if the student's data are still the version it was made from: a compare-and-swap per student.
-- Flags are written by difference: a new one is opened, one that is no longer raised is closed, one whose words changed is
-- changed, the rest are left alone; what was open once stays as history. For each assessment, in order: whether it was recorded.
--
-- recorded false: the data changed meanwhile (whoever changed them sees to it that the estimate is made again), or a newer
-- estimate is there already (a report for a past night must not turn back the clock).
--
-- Who: sg_student, sg_report, sg_operator. Ground: computing. A student twice in one call: the later as-of time counts.
-- NOT IN rather than a join, deliberately: its subquery is hashed whatever the planner thinks of its size.
--
-- Cases follow in the same transaction (core.cases_follow): a flag is never open without its case.
--
-- Locks: the students' progress rows in key order, which also serialises estimates and uploads of one student; then what hangs
-- on them, their cases last.
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
  v_fresh api.evaluation_row[];
begin
  perform core.enter((select array_agg(distinct a.school_id) from unnest(p_evaluations) a));

  select array_agg(l.a) into v_fresh
    from (select a
            from unnest(p_evaluations) a
            join core.progress p on p.school_id = a.school_id and p.student_id = a.student_id and p.version = a.version
           order by a.school_id, a.student_id
             for no key update of p) l;

  insert into core.assessment as o (school_id, student_id, version, parameters_id, as_of, recorded_at, state, pending_runs,
                                    results_used, exam_day, readiness_mean, readiness_sd, exam_mean, exam_sd, p, p_low, p_high,
                                    base_rate, growth_per_week, last_check_at, reasons, effort_items, area_numbers, area_items,
                                    area_correct, area_difference_centi, weak_areas)
  select distinct on (a.school_id, a.student_id)
         a.school_id, a.student_id, a.version, a.parameters_id, a.as_of, v_now, a.state, a.pending_runs, a.results_used, a.exam_day,
         a.readiness_mean, a.readiness_sd, a.exam_mean, a.exam_sd, a.p, a.p_low, a.p_high, a.base_rate, a.growth_per_week,
         a.last_check_at, a.reasons::json, a.effort_items, a.area_numbers, a.area_items, a.area_correct, a.area_difference_centi,
         a.weak_areas
    from unnest(v_fresh) a
   order by a.school_id, a.student_id, a.as_of desc
      on conflict (school_id, student_id) do update
     set (version, parameters_id, as_of, recorded_at, state, pending_runs, results_used, exam_day, readiness_mean, readiness_sd,
          exam_mean, exam_sd, p, p_low, p_high, base_rate, growth_per_week, last_check_at, reasons, effort_items, area_numbers,
          area_items, area_correct, area_difference_centi, weak_areas)
       = (excluded.version, excluded.parameters_id, excluded.as_of, excluded.recorded_at, excluded.state, excluded.pending_runs,
          excluded.results_used, excluded.exam_day, excluded.readiness_mean, excluded.readiness_sd, excluded.exam_mean,
          excluded.exam_sd, excluded.p, excluded.p_low, excluded.p_high, excluded.base_rate, excluded.growth_per_week,
          excluded.last_check_at, excluded.reasons, excluded.effort_items, excluded.area_numbers, excluded.area_items,
          excluded.area_correct, excluded.area_difference_centi, excluded.weak_areas)
   where o.as_of <= excluded.as_of;

  update core.flag f
     set closed_at = greatest(a.as_of, f.opened_at), changed_at = v_now
    from unnest(v_fresh) x
    join core.assessment a on a.school_id = x.school_id and a.student_id = x.student_id and a.recorded_at = v_now
   where f.school_id = a.school_id and f.student_id = a.student_id and f.closed_at is null
     and (f.school_id, f.student_id, f.code) not in (select i.school_id, i.student_id, i.code from unnest(p_flags) i);

  insert into core.flag as o (school_id, student_id, code, opened_at, changed_at, version, severity, text, detail)
  select distinct on (i.school_id, i.student_id, i.code)
         i.school_id, i.student_id, i.code, a.as_of, v_now, i.version, i.severity, i.text, i.detail::json
    from unnest(p_flags) i
    join core.assessment a on a.school_id = i.school_id and a.student_id = i.student_id and a.recorded_at = v_now
   order by i.school_id, i.student_id, i.code
      on conflict (school_id, student_id, code) where closed_at is null do update
     set (changed_at, version, severity, text, detail)
       = (excluded.changed_at, excluded.version, excluded.severity, excluded.text, excluded.detail)
   where (o.version, o.severity, o.text, o.detail::text)
         is distinct from (excluded.version, excluded.severity, excluded.text, excluded.detail::text);

  update core.progress p
     set assessed_version = a.version, lease_until = null
    from unnest(v_fresh) x
    join core.assessment a on a.school_id = x.school_id and a.student_id = x.student_id and a.recorded_at = v_now
   where p.school_id = a.school_id and p.student_id = a.student_id
     and (p.assessed_version <> a.version or p.lease_until is not null);

  if p_night is not null then
    insert into core.estimate_night (school_id, night, student_id, last_check_at, parameters_id, results_used, exam_day,
                                     p, p_low, p_high, readiness_mean, readiness_sd, exam_mean, exam_sd, state, pending_runs)
    select a.school_id, p_night, a.student_id, a.last_check_at, a.parameters_id, a.results_used, a.exam_day, a.p, a.p_low,
           a.p_high, a.readiness_mean, a.readiness_sd, a.exam_mean, a.exam_sd, a.state, a.pending_runs
      from unnest(v_fresh) x
      join core.assessment a on a.school_id = x.school_id and a.student_id = x.student_id and a.recorded_at = v_now
     where not exists (select from ops.night n where n.school_id = a.school_id and n.night = p_night)
        on conflict do nothing;
  end if;

  perform core.cases_follow((select array_agg(x.school_id) from unnest(v_fresh) x),
    (select array_agg(x.student_id) from unnest(v_fresh) x),
                            core.now());

  return query
  select x.school_id, x.student_id,
         exists (select from core.assessment a
                  where a.school_id = x.school_id and a.student_id = x.student_id and a.recorded_at = v_now)
    from unnest(p_evaluations) with ordinality
           x(school_id, student_id, version, parameters_id, as_of, state, pending_runs, readiness_mean, readiness_sd, exam_mean,
             exam_sd, p, p_low, p_high, base_rate, growth_per_week, results_used, exam_day, last_check_at, reasons, effort_items,
               area_numbers, area_items,
             area_correct, area_difference_centi, weak_areas, n)
   order by x.n;

  perform pg_notify('sg_changed', s.school_id::text)
    from (select distinct x.school_id from unnest(v_fresh) x) s;
end
$$;
