-- A replay's result with the small cells of its class years hidden: a year with fewer attempts than p_least loses its counts, and a
-- share its counts where fewer failed (caught, missed) or passed (false alarms); each with a second cell where the first could be
-- computed from the total. What is hidden is null, and "hidden" says so.
create or replace function core.replay_masked(p_result jsonb, p_least int4) returns jsonb
  language sql immutable as $$
  select jsonb_set(p_result, '{sets}', coalesce(jsonb_agg(
           jsonb_set(s.one, '{by_class_year}', coalesce((
             select jsonb_agg(case when m.whole[y.n] then
                                jsonb_build_object('class_year', y.year -> 'class_year', 'hidden', true, 'watched', null,
                                                   'failed', null, 'passed', null, 'caught', null, 'missed', null,
                                                   'false_alarms', null)
                              else y.year || '{"hidden": false}'
                                   || case when m.failed[y.n] then '{"caught": null, "missed": null}' else '{}' end::jsonb
                                   || case when m.passed[y.n] then '{"false_alarms": null}' else '{}' end::jsonb end order by y.n)
               from jsonb_array_elements(s.one -> 'by_class_year') with ordinality y(year, n)), '[]')) order by s.n), '[]'))
    from jsonb_array_elements(p_result -> 'sets') with ordinality s(one, n)
   cross join lateral (
          select core.hidden_cells(array_agg((y.year ->> 'watched')::int8 order by y.n), p_least) as whole,
                 core.hidden_cells(array_agg((y.year ->> 'failed')::int8 order by y.n), p_least) as failed,
                 core.hidden_cells(array_agg((y.year ->> 'passed')::int8 order by y.n), p_least) as passed
            from jsonb_array_elements(s.one -> 'by_class_year') with ordinality y(year, n)) m
$$;
