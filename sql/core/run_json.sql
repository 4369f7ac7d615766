-- A nightly run for the list of them. p_figures: with the figures of the whole school. "lists" has the length of each list that was
-- not empty, by its code.
create or replace function core.run_json(p_run ops.run, p_figures bool) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
           'night', (p_run).night, 'as_of', (p_run).as_of, 'finished_at', (p_run).finished_at,
           'state', case when (p_run).finished_at is null then 'running' else 'done' end, 'parameters', b.brief -> 'parameters',
           'students', case when p_figures then b.brief -> 'students' end,
           'assessed', case when p_figures then b.brief -> 'assessed' end,
           'waiting', case when p_figures then b.brief -> 'waiting' end,
           'counts', case when p_figures then b.brief -> 'counts' end,
           'lists', case when p_figures then
             (select coalesce(jsonb_object_agg(l ->> 'code', l -> 'n'), '{}')
                from jsonb_array_elements(b.brief -> 'lists') l where (l ->> 'n')::int8 > 0) end,
           'did_not_run', case when p_figures then jsonb_array_length(b.brief -> 'did_not_run') end)
    from (select (p_run).manifest -> 'brief' as brief offset 0) b
$$;
