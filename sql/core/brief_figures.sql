-- The figures of a night's brief that are about everybody: students, assessed, counts, exams_by_week and evaluated of
-- core.brief_document.
create or replace function core.brief_figures(p_school core.school, p_run ops.run) returns jsonb
  language sql stable as $$
  with class as materialized (
    select e.state, e.results_used, e.exam_day
      from core.student s
      left join core.estimate_night e on e.school_id = s.school_id and e.night = (p_run).night and e.student_id = s.student_id
     where s.school_id = p_school.school_id and s.status <> 'inactive'
  )
  select jsonb_build_object(
    'students', n.students, 'assessed', n.assessed,
    'counts', core.brief_states(n.at_risk, n.borderline, n.on_track, n.cannot_say),
    'exams_by_week', (
      select jsonb_agg(jsonb_build_object('from', w.day, 'to', w.until) || core.brief_states(w.at_risk, w.borderline, w.on_track,
               w.cannot_say) order by w.day)
        from (select d.day, d.until, count(*) filter (where c.state = 1) as at_risk,
                     count(*) filter (where c.state = 2) as borderline,
                     count(*) filter (where c.state = 3) as on_track, count(*) filter (where c.state = 4) as cannot_say
                from (select (p_run).night + i as day, (p_run).night + least(i + 6, 30) as until
                        from generate_series(0, 28, 7) i) d
                left join class c on c.exam_day between d.day and d.until
               group by d.day, d.until) w),
    'evaluated', jsonb_build_object(
      'students', n.students, 'assessed', n.assessed, 'not_assessed', n.students - n.assessed, 'results', n.results,
      'flags', (select count(*) from core.flag f
                  join core.student s on s.school_id = f.school_id and s.student_id = f.student_id and s.status <> 'inactive'
                 where f.school_id = p_school.school_id and f.opened_at <= (p_run).as_of
                   and (f.closed_at is null or f.closed_at > (p_run).as_of))))
    from (select count(*) as students, count(c.state) as assessed, coalesce(sum(c.results_used), 0) as results,
                 count(*) filter (where c.state = 1) as at_risk, count(*) filter (where c.state = 2) as borderline,
                 count(*) filter (where c.state = 3) as on_track, count(*) filter (where c.state = 4) as cannot_say
            from class c) n
$$;
