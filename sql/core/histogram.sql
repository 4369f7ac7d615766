-- A distribution as bins between edges, [from, to), the last one with its upper edge: [{"from", "to", "n", "students"}]. What lies
-- outside counts in the bin next to it. students: the query that leads to a bin's, made of p_query and <p_name>_min and _max. Bins
-- with fewer than p_least values (0: none) are null and have no query, others with them (core.hidden_cells).
create or replace function core.histogram(p_values float8[], p_edges numeric[], p_query jsonb, p_name text, p_least int4)
  returns jsonb
  language sql immutable as $$
  with bin as (
    select i, p_edges[i] as low, p_edges[i + 1] as high, i = cardinality(p_edges) - 1 as last, coalesce(f.n, 0) as n
      from generate_series(1, cardinality(p_edges) - 1) i
      left join (select least(greatest(width_bucket(v, p_edges::float8[]), 1), cardinality(p_edges) - 1) as i, count(*) as n
                   from unnest(p_values) v where v is not null group by 1) f using (i)
  )
  select coalesce(jsonb_agg(jsonb_build_object(
           'from', b.low, 'to', b.high, 'n', case when not h.hidden[b.i] then b.n end,
           'students', case when not h.hidden[b.i] then core.link(p_query || jsonb_build_object(
             p_name || '_min', b.low, p_name || '_max', case when not b.last then b.high end)) end) order by b.i), '[]')
    from bin b
   cross join (select core.hidden_cells(array_agg(x.n order by x.i), p_least) as hidden from bin x) h
$$;
