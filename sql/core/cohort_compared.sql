-- How some students (their states now, 0 for none, with P and readiness) stood on an earlier night, and what became of them since:
-- counts by state then and now, the median of readiness then and now (of those with an estimate at both), and how many are new,
-- worse, better, the same (core.course_kind). Null where no such night was kept.
create or replace function core.cohort_compared(p_school int4, p_students int8[], p_states int2[], p_p float8[],
  p_readiness float8[],
                                                p_what text, p_night ops.night)
  returns jsonb
  language sql stable as $$
  with both_ as materialized ( -- kind once a student, not with each count
    select c.state as now, coalesce(e.state, 0::int2) as was, c.state > 0 and e.state > 0 as both_said, c.readiness,
           e.readiness_mean::float8 as readiness_was, core.course_kind(e.state, e.p, nullif(c.state, 0), c.p, w.points) as kind
      from unnest(p_students, p_states, p_p, p_readiness) c(student_id, state, p, readiness)
     cross join (select core.setting(p_school, 'watch_delta_points') as points offset 0) w
      left join core.estimate_night e on e.school_id = p_school and e.night = (p_night).night and e.student_id = c.student_id
  ), counted as (
    select array_agg(b.was) as was, array_agg(b.now) as now, count(*) filter (where b.both_said) as n,
           percentile_cont(0.5) within group (order by b.readiness_was) filter (where b.both_said) as readiness_was,
           percentile_cont(0.5) within group (order by b.readiness) filter (where b.both_said) as readiness,
           count(*) filter (where b.kind = 'new') as new, count(*) filter (where b.kind = 'worse') as worse,
           count(*) filter (where b.kind = 'better') as better, count(*) filter (where b.kind = 'same') as same
      from both_ b
  )
  select case when (p_night).night is not null then jsonb_build_object(
    'what', p_what, 'night', (p_night).night, 'as_of', (p_night).as_of, 'source', (p_night).source,
    'states', (select jsonb_agg(jsonb_build_object('state', coalesce(core.state_name(nullif(x.state, 0::int2)), 'none'),
                                                   'then', y.was, 'now', y.now, 'change', y.now - y.was) order by x.place)
                 from unnest('{1,2,3,4,0}'::int2[]) with ordinality x(state, place)
                cross join lateral (select count(*) filter (where u.was = x.state) as was,
                  count(*) filter (where u.now = x.state) as now
                                      from unnest(c.was, c.now) u(was, now)) y),
    'readiness', case when c.n > 0 then jsonb_build_object(
      'n', c.n, 'then', round(c.readiness_was::numeric, 2), 'now', round(c.readiness::numeric, 2),
      'change', round((c.readiness - c.readiness_was)::numeric, 2)) end,
    'new', c.new, 'worse', c.worse, 'better', c.better, 'same', c.same) end
    from counted c
$$;
