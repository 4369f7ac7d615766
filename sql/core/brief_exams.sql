-- The list exams of a night's brief: who sits within 30 days, by the day that was known that night; at risk first, then of whom
-- nothing can be said, borderline, on track; in each who sits first.
create or replace function core.brief_exams(p_school core.school, p_run ops.run, p_thin float8)
  returns table (code text, place int8, student_id int8, text text, severity int2)
  language sql stable as $$
  select 'exams', row_number() over (order by array_position('{1,4,2,3}'::int2[], e.state), e.exam_day, e.p, s.external_id),
         e.student_id,
         format('The exam is %s (%s); %s.', core.days_words(e.exam_day - e.night), e.exam_day, core.brief_estimate(e, p_thin)),
         null::int2
    from core.estimate_night e
    join core.student s on s.school_id = e.school_id and s.student_id = e.student_id
   where e.school_id = p_school.school_id and e.night = (p_run).night and e.exam_day between e.night and e.night + 30
     and s.status <> 'inactive'
$$;
