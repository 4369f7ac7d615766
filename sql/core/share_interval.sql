-- A share k of n with its 95 % interval (Wilson's score interval): {"k", "n", "share", "low", "high"}; share and bounds are null
-- for n = 0.
create or replace function core.share_interval(p_k int8, p_n int8) returns jsonb
  language sql immutable parallel safe as $$
  select jsonb_build_object('k', p_k, 'n', p_n, 'share', round(x.p, 4), 'low',
    round(case when p_k > 0 then (x.p + c.z2 / (2 * x.n) - x.half) / (1 + c.z2 / x.n) else x.p end, 4),
                            'high', round(case when p_k < p_n then (x.p + c.z2 / (2 * x.n) + x.half) / (1 + c.z2 / x.n)
                              else x.p end, 4))
    from (select 3.841459::numeric as z2) c -- 1.959964 squared
   cross join lateral (select nullif(p_n, 0)::numeric as n) d
   cross join lateral (select d.n, p_k / d.n as p, sqrt(c.z2 * (p_k / d.n * (1 - p_k / d.n) + c.z2 / (4 * d.n)) / d.n) as half) x
$$;
