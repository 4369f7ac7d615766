-- A night's brief as figures alone: of lists the number, of the school the counts; no line, no id, no sentence that somebody wrote.
create or replace function core.post_figures(p_brief jsonb) returns jsonb
  language sql immutable parallel safe as $$
  select jsonb_strip_nulls(jsonb_build_object(
           'as_of', p_brief -> 'as_of', 'previous_night', p_brief -> 'previous_night', 'students', p_brief -> 'students',
           'assessed', p_brief -> 'assessed', 'waiting', p_brief -> 'waiting', 'capacity', p_brief -> 'capacity',
           'counts', p_brief -> 'counts', 'before', p_brief -> 'before', 'trend', p_brief -> 'trend',
           'exams_by_week', p_brief -> 'exams_by_week',
           'did_not_run', case when jsonb_typeof(p_brief -> 'did_not_run') = 'array'
                               then jsonb_array_length(p_brief -> 'did_not_run') end,
           'feeds_failing', (select count(*) from jsonb_path_query(p_brief, '$.feeds[*] ? (@.ok == false)')),
           'lists', (select jsonb_agg(l.list - 'lines' order by l.i)
                       from jsonb_path_query(p_brief, '$.lists[*]') with ordinality l(list, i))))
$$;
