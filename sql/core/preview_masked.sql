-- A preview's figures for those who see no student: small cells hidden (core.hidden_cells), and with any of them how many change,
-- from which it could be computed. What is hidden is null.
create or replace function core.preview_masked(p_result jsonb, p_least int4) returns jsonb
  language sql immutable as $$
  select p_result || coalesce((
    select jsonb_build_object('counts', jsonb_agg(case when m.hidden[c.n] then c.cell || '{"n": null}' else c.cell end
                                                  order by c.n))
           || case when true = any (m.hidden) then '{"changed": null}' else '{}' end::jsonb
      from (select core.hidden_cells(array_agg((x.cell ->> 'n')::int8 order by x.n), p_least) as hidden
              from jsonb_array_elements(p_result -> 'counts') with ordinality x(cell, n)) m
     cross join jsonb_array_elements(p_result -> 'counts') with ordinality c(cell, n)
     group by m.hidden), '{}')
$$;
