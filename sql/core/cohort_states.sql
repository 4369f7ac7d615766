-- How many are in each state, from the worst on: [{"state", "word", "shape", "n", "students"}]; "none" has no estimate yet.
create or replace function core.cohort_states(p_states int2[], p_query jsonb, p_least int4) returns jsonb
  language sql immutable as $$
  with counted as (
    select k.state, k.i, count(u.state) as n
      from unnest('{1,2,3,4,0}'::int2[]) with ordinality k(state, i)
      left join unnest(p_states) u(state) on u.state = k.state
     group by k.state, k.i
  )
  select jsonb_agg(coalesce(core.state_look(c.state), '{"state": "none", "word": "not estimated yet", "shape": "none"}')
    || jsonb_build_object(
           'n', case when not h.hidden[c.i] then c.n end,
           'students', case when not h.hidden[c.i] then core.link(p_query || jsonb_build_object(
             'state', coalesce(core.state_name(nullif(c.state, 0)), 'none'))) end) order by c.i)
    from counted c
   cross join (select core.hidden_cells(array_agg(x.n order by x.i), p_least) as hidden from counted x) h
$$;
