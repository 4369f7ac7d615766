-- Of those who were given so much, how many passed: one cell for each two neighbouring edges (the upper one belongs to the next
-- band, the last to the last), small ones hidden. p_p and p_passed side by side; null arrays are nobody.
create or replace function core.calibration_bands(p_p float8[], p_passed bool[], p_edges float8[], p_least int4) returns jsonb
  language sql immutable as $$
  with band as (
    select i, p_edges[i] as low_edge, p_edges[i + 1] as high_edge from generate_series(1, cardinality(p_edges) - 1) i
  ), cell as (
    select b.*, count(u.p) as n, count(*) filter (where u.y) as passed, avg(u.p) as mean_p
      from band b
      left join unnest(p_p, p_passed) u(p, y)
        on u.p >= b.low_edge and (u.p < b.high_edge or b.i = cardinality(p_edges) - 1)
     group by b.i, b.low_edge, b.high_edge
  )
  select jsonb_agg(jsonb_build_object('from', c.low_edge, 'to', c.high_edge)
                   || core.cell_masked(jsonb_build_object('n', c.n, 'mean_p', c.mean_p, 'passed', c.passed,
                                                          'share', c.passed / nullif(c.n, 0)::float8, 'low', w.low, 'high', w.high),
                                       h.hidden[c.i]) order by c.i)
    from cell c
   cross join (select core.hidden_cells(array_agg(x.n order by x.i), p_least) as hidden from cell x) h
    left join lateral core.wilson(c.passed, c.n) w on true
$$;
