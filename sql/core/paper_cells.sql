-- Counts by name, those of few people and what they could be computed from null (core.hidden_cells): [{"name", "n"}].
create or replace function core.paper_cells(p_names text[], p_n int8[], p_least int4) returns jsonb
  language sql immutable as $$
  select coalesce(jsonb_agg(jsonb_build_object('name', u.name, 'n', case when not h.hidden[u.i] then u.n end) order by u.i), '[]')
    from unnest(p_names, p_n) with ordinality u(name, n, i)
   cross join (select core.hidden_cells(p_n, p_least) as hidden) h
$$;
