-- P(pass) of somebody who sits with this readiness, and its interval: {"p", "p_low", "p_high"}, as the engine says it of the day of
-- the exam (server/risk/assess.c): the normal distribution of readiness and of the exam's own spread over the pass line,
-- recalibrated as the parameter set says for first attempts or repeats. For "were the exam today", of which no estimate is kept.
-- Null where the set does not say what it takes. To four digits; Abramowitz and Stegun 26.2.17 and 26.2.23 stand in for erf, which
-- this server has not.
create or replace function core.chance_at(p_mean float8, p_sd float8, p_body text, p_first bool) returns jsonb
  language sql stable as $$
  with said as (
    select core.number_or_null(core.parameter(p_body, 'cut_epc')) as cut,
           core.number_or_null(core.parameter(p_body, 'exam_sd_epc')) as own,
           (1 - coalesce(core.number_or_null(core.parameter(p_body, 'interval_coverage')), 0.8)) / 2 as tail,
           coalesce(core.number_or_null(core.parameter(p_body, 'recalibration_intercept_' || k.kind)), 0) as intercept,
           coalesce(core.number_or_null(core.parameter(p_body, 'recalibration_slope_' || k.kind)), 1) as slope
      from (select case when p_first then 'first' else 'repeat' end as kind) k
  ), at as (
    select v.i, s.intercept, s.slope, v.z
      from said s
     cross join lateral (select sqrt(-2 * ln(s.tail)) as t) q
     cross join lateral (select q.t - (2.515517 + q.t * (0.802853 + q.t * 0.010328))
                                  / (1 + q.t * (1.432788 + q.t * (0.189269 + q.t * 0.001308))) as width) w
     cross join lateral (values (1, (p_mean - s.cut) / sqrt(p_sd ^ 2 + s.own ^ 2)), (2, (p_mean - w.width * p_sd - s.cut) / s.own),
                                (3, (p_mean + w.width * p_sd - s.cut) / s.own)) v(i, z)
     where s.cut is not null and s.own > 0 and s.tail > 0
  ), passed as (
    select a.i, case when u.above <= 0 then 0 when u.above >= 1 then 1
                     else 1 / (1 + exp(-a.intercept - a.slope * ln(u.above / (1 - u.above)))) end as p
      from at a
     cross join lateral (select 1 / (1 + 0.2316419 * abs(a.z)) as t, exp(-least(a.z ^ 2, 700) / 2) / sqrt(2 * pi()) as density) d
     cross join lateral (select d.density * d.t * (0.319381530 + d.t * (-0.356563782 + d.t * (1.781477937
                                + d.t * (-1.821255978 + d.t * 1.330274429)))) as beyond) b
     cross join lateral (select case when a.z < 0 then b.beyond else 1 - b.beyond end as above) u
  )
  select jsonb_build_object('p', round(max(p.p) filter (where p.i = 1)::numeric, 4),
                            'p_low', round(min(p.p) filter (where p.i in (1, 2))::numeric, 4),
                            'p_high', round(max(p.p) filter (where p.i in (1, 3))::numeric, 4))
    from passed p
  having count(*) > 0
$$;
