-- What did not run in a night: nights before it that were missed, computations that failed since, students without an estimate
-- ([{"text", "student_id"?}]; at most p_most students).
create or replace function core.brief_not_run(p_school core.school, p_run ops.run, p_before ops.night, p_most int4) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('text', m.text, 'student_id', m.external_id))
                            order by m.place, m.external_id, m.n, m.text), '[]')
    from (select 1 as place, null::text as external_id, null::int8 as n,
                 case when (p_run).night - (p_before).night = 2 then format('The night of %s was not evaluated.', (p_run).night - 1)
                      else format('The nights from %s to %s were not evaluated.', (p_before).night + 1,
                                  (p_run).night - 1) end as text
           where (p_run).night - (p_before).night > 1
          union all
          select 2, null, j.job_id, format('The %s asked for on %s failed: %s', j.kind,
                                            (j.asked_at at time zone p_school.zone)::date, coalesce(j.why, 'nobody knows why.'))
            from ops.job j
           where j.school_id = p_school.school_id and j.state = 'failed' and j.finished_at <= (p_run).as_of
             and j.finished_at > coalesce((p_before).as_of, '-infinity')
          union all
          (select 3, s.external_id, null, 'There is no estimate as of this night.'
             from core.student s
            where s.school_id = p_school.school_id and s.status <> 'inactive'
              and not exists (select from core.estimate_night e
                               where e.school_id = s.school_id and e.night = (p_run).night and e.student_id = s.student_id)
            order by s.external_id limit p_most)) m
$$;
