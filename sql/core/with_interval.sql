-- {"value", "low", "high"} of an estimate and its standard error, 95 %; null where there is none.
create or replace function core.with_interval(p_value float8, p_se float8) returns jsonb
  language sql immutable parallel safe as $$
  select case when p_value is not null and p_se is not null then
           jsonb_build_object('value', p_value, 'low', p_value - 1.959963984540054 * p_se,
                              'high', p_value + 1.959963984540054 * p_se) end
$$;
