-- Median and quartiles of n values, to so many places; null below p_least of them.
create or replace function core.cohort_spread(p_n int8, p_quartiles float8[], p_places int4, p_least int4) returns jsonb
  language sql immutable parallel safe
  return jsonb_build_object('n', case when p_n >= p_least then p_n end) || case when p_n >= greatest(p_least, 1)
    then jsonb_build_object('q1', round(p_quartiles[1]::numeric, p_places), 'median', round(p_quartiles[2]::numeric, p_places),
                            'q3', round(p_quartiles[3]::numeric, p_places))
    else '{"q1": null, "median": null, "q3": null}' end;
