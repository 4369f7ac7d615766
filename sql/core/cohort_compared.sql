-- How the students who are still to sit stood on an earlier night, and what became of them since: counts by state then and now, the
-- median of readiness then and now (of those with an estimate at both), and how many are new, worse, better, the same
-- (core.course_kind). Of the same students: who is on the roster now. Null where no such night was kept.
create or replace function core.cohort_compared(p_school int4, p_years int2[], p_track int2, p_what text,
  p_night ops.night) returns jsonb
  language sql stable as $$
  with both_ as materialized (
    select c.state as now, coalesce(e.state, 0::int2) as was, c.readiness, e.readiness_mean as readiness_was,
           core.course_kind(e.state, e.p, nullif(c.state, 0), c.p, core.setting(p_school, 'watch_delta_points')) as kind
      from core.cohort_rows(p_school, p_years, p_track) c
      left join core.estimate_night e on e.school_id = p_school and e.night = (p_night).night and e.student_id = c.student_id
     where c.stage = 'to_sit'
  )
  select case when (p_night).night is not null then jsonb_build_object(
    'what', p_what, 'night', (p_night).night, 'as_of', (p_night).as_of, 'source', (p_night).source,
    'states', (select jsonb_agg(jsonb_build_object(
                        'state', coalesce(core.state_name(x.state), 'none'), 'then', y.was, 'now', y.now, 'change', y.now - y.was)
                        order by x.place)
                 from unnest('{1,2,3,4,0}'::int2[]) with ordinality x(state, place)
                cross join lateral (select count(*) filter (where b.was = x.state) as was,
                                           count(*) filter (where b.now = x.state) as now from both_ b) y),
    'readiness', (select jsonb_build_object('n', count(*), 'then', round(m.was::numeric, 2), 'now', round(m.now::numeric, 2),
      'change',
                                            round((m.now - m.was)::numeric, 2))
                    from both_ b,
                         (select percentile_cont(0.5) within group (order by x.readiness_was) as was,
                                 percentile_cont(0.5) within group (order by x.readiness) as now
                            from both_ x where x.was <> 0 and x.now <> 0) m
                   where b.was <> 0 and b.now <> 0 group by m.was, m.now),
    'new', (select count(*) from both_ b where b.kind = 'new'), 'worse', (select count(*) from both_ b where b.kind = 'worse'),
    'better', (select count(*) from both_ b where b.kind = 'better'), 'same', (select count(*) from both_ b
      where b.kind = 'same')) end
$$;
