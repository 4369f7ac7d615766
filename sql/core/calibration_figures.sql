-- How good probabilities were: n, failed, mean of what was said and share who passed with its interval, Brier score, log loss, AUC,
-- each beside the same of saying the share of everybody. AUC is null where all passed or all failed. A probability nearer to 0 or 1
-- than 1e-6 counts as that in logarithms, as in study/metrics.c.
create or replace function core.calibration_figures(p_p float8[], p_passed bool[]) returns jsonb
  language sql immutable as $$
  with row as (
    select u.p, u.y, least(greatest(u.p, 1e-6), 1 - 1e-6) as q,
           rank() over (order by u.p) + (count(*) over (partition by u.p) - 1) / 2.0 as r
      from unnest(p_p, p_passed) u(p, y)
  ), sum as (
    select count(*) as n, count(*) filter (where y) as passed, avg(p) as mean_p, avg((p - y::int4) ^ 2) as brier,
           -avg(ln(case when y then q else 1 - q end)) as log_loss, sum(r) filter (where y) as ranks
      from row
  ), base as (
    select s.*, s.passed / nullif(s.n, 0)::float8 as share from sum s
  )
  select jsonb_build_object(
           'n', b.n, 'failed', b.n - b.passed, 'mean_p', b.mean_p, 'passed', b.passed, 'share', b.share,
           'low', w.low, 'high', w.high,
           'brier', b.brier, 'log_loss', b.log_loss,
           'auc', case when b.passed between 1 and b.n - 1
                       then (b.ranks - b.passed * (b.passed + 1) / 2.0)::float8 / (b.passed * (b.n - b.passed)) end,
           'base_brier', b.share * (1 - b.share),
           'base_log_loss', case when b.share between 1e-6 and 1 - 1e-6
                                 then -(b.share * ln(b.share) + (1 - b.share) * ln(1 - b.share))
                                 when b.n > 0 then 0 end)
    from base b left join lateral core.wilson(b.passed, b.n) w on true
$$;
