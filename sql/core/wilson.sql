-- 95 % interval of a share (Wilson), as metrics_wilson() of server/study/metrics.c; nulls of nobody.
create or replace function core.wilson(p_count int8, p_n int8, out low float8, out high float8)
  language sql immutable parallel safe as $$
  select greatest(w.middle - w.half, 0), least(w.middle + w.half, 1)
    from (select (s.share + z.z2 / (2 * p_n)) / (1 + z.z2 / p_n) as middle,
                 sqrt(z.z2) * sqrt(s.share * (1 - s.share) / p_n + z.z2 / (4 * p_n::float8 * p_n)) / (1 + z.z2 / p_n) as half
            from (select p_count / p_n::float8 as share) s, (select 1.959963984540054::float8 ^ 2 as z2) z) w
   where p_n > 0
$$;
