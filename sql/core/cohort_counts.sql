-- How many there are of each kind: [{"name", "n", "students"}], with the query that leads to them; small ones hidden together with
-- as many others as it takes (core.hidden_cells), where p_least is not 0.
create or replace function core.cohort_counts(p_names text[], p_n int8[], p_key text, p_query jsonb, p_least int4) returns jsonb
  language sql immutable as $$
  select coalesce(jsonb_agg(jsonb_build_object(
           'name', u.name, 'n', case when not h.hidden[u.i] then u.n end,
           'students', case when not h.hidden[u.i] then core.link(p_query || jsonb_build_object(p_key, u.name)) end) order by u.i),
             '[]')
    from unnest(p_names, p_n) with ordinality u(name, n, i)
   cross join (select core.hidden_cells(p_n, p_least) as hidden) h
$$;
