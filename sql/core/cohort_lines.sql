-- The answer of GET /cohort as lines of a file: one for each count or figure, {"figure", "class_year", "name", "from", "to", "n",
-- "value", "as_of"}.
create or replace function core.cohort_lines(p_body jsonb) returns jsonb
  language sql immutable as $$
  select coalesce(jsonb_agg(jsonb_build_object('figure', l.figure, 'class_year', l.class_year, 'name', l.name, 'from', l.low, 'to',
    l.high,
                                      'n', l.n, 'value', l.value, 'as_of', p_body #> '{as_of,last}') order by l.place, l.i), '[]')
    from (select 1 as place, s.i, 'students' as figure, null::jsonb as class_year, s.x -> 'name' as name, null::jsonb as low,
                 null::jsonb as high, s.x -> 'n' as n, null::jsonb as value
            from jsonb_array_elements(p_body -> 'students') with ordinality s(x, i)
          union all
          select 2, s.i, 'state', null, s.x -> 'state', null, null, s.x -> 'n', null
            from jsonb_array_elements(p_body -> 'states') with ordinality s(x, i)
          union all
          select 3, s.i, 'cannot_say', null, s.x -> 'name', null, null, s.x -> 'n', null
            from jsonb_array_elements(p_body -> 'cannot_say') with ordinality s(x, i)
          union all
          select 4 + f.place, s.i, f.name, null, null, s.x -> 'from', s.x -> 'to', s.x -> 'n', null
            from (values (0, 'readiness'), (2, 'p')) f(place, name)
           cross join lateral jsonb_array_elements(p_body #> array[f.name, 'bins']) with ordinality s(x, i)
          union all
          select 5 + f.place, k.i, f.name || '_spread', null, to_jsonb(k.name), null, null, p_body #> array[f.name, 'n'],
                 p_body #> array[f.name, k.name]
            from (values (0, 'readiness'), (2, 'p')) f(place, name)
           cross join unnest('{q1,median,q3}'::text[]) with ordinality k(name, i)
          union all
          select 8, c.i * 10 + s.i, 'class_state', c.x -> 'class_year', s.x -> 'state', null, null, s.x -> 'n', null
            from jsonb_array_elements(p_body -> 'classes') with ordinality c(x, i)
           cross join lateral jsonb_array_elements(case jsonb_typeof(c.x -> 'states') when 'array'
             then c.x -> 'states' else '[]' end)
                              with ordinality s(x, i)
          union all
          select 9, c.i, 'class_readiness_median', c.x -> 'class_year', null, null, null, c.x #> '{readiness,n}',
            c.x #> '{readiness,median}'
            from jsonb_array_elements(p_body -> 'classes') with ordinality c(x, i)
          union all
          select 10, e.i, 'exams', null, null, p_body -> 'day', e.x -> 'to', e.x -> 'n', null
            from jsonb_array_elements(p_body -> 'exams') with ordinality e(x, i)
          union all
          select 11, c.i * 10 + s.i, 'change_since_' || (c.x ->> 'night'), null, s.x -> 'state', null, null, s.x -> 'now',
            s.x -> 'change'
            from jsonb_array_elements(case jsonb_typeof(p_body -> 'compared') when 'array' then p_body -> 'compared' else '[]' end)
                 with ordinality c(x, i)
           cross join lateral jsonb_array_elements(c.x -> 'states') with ordinality s(x, i)) l
$$;
