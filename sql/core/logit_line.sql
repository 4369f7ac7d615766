-- Logistic regression of passing on the log odds of what was said: log odds = intercept + slope * logit(p); 0 and 1 where
-- probabilities mean what they say. Newton's method from the share who passed, no step longer than 1 (so that it cannot overshoot),
-- with a ridge of 1e-6 on the slope, as study/metrics.c; standard errors from the curvature. Nulls where it has no answer: one
-- outcome only, one probability only, or no end in sight.
create or replace function core.logit_line(p_p float8[], p_passed bool[], out intercept float8, out slope float8,
                                           out intercept_se float8, out slope_se float8)
  language plpgsql immutable as $$
declare
  c_ridge constant float8 := 1e-6;
  v_x float8[] := (select array_agg(ln(c.p / (1 - c.p)) order by u.i)
                     from unnest(p_p) with ordinality u(p, i), lateral (select least(greatest(u.p, 1e-6), 1 - 1e-6) as p) c);
  c_far constant float8 := 30; -- log odds beyond which nothing changes but the exponent, until it cannot be written any more
  v_a float8;
  v_b float8 := 0;
  v record;
  v_det float8;
  v_step_a float8;
  v_step_b float8;
  v_long float8;
begin
  if (select count(distinct y) < 2 from unnest(p_passed) y) or (select count(distinct x) < 2 from unnest(v_x) x) then
    return;
  end if;
  select ln(avg(y::int4) / (1 - avg(y::int4))) into v_a from unnest(p_passed) y;
  for v_round in 1 .. 100 loop
    select sum(r.miss) as ga, sum(r.miss * r.x) - c_ridge * v_b as gb, sum(r.w) as haa, sum(r.w * r.x) as hab,
           sum(r.w * r.x * r.x) + c_ridge as hbb
      into v
      from (select u.x, u.y::int4 - q.q as miss, q.q * (1 - q.q) as w
              from unnest(v_x, p_passed) u(x, y)
             cross join lateral (select 1 / (1 + exp(-least(greatest(v_a + v_b * u.x, -c_far), c_far))) as q) q) r;
    v_det := v.haa * v.hbb - v.hab * v.hab;
    exit when v_det <= 1e-12;
    v_step_a := (v.hbb * v.ga - v.hab * v.gb) / v_det;
    v_step_b := (v.haa * v.gb - v.hab * v.ga) / v_det;
    v_long := greatest(abs(v_step_a), abs(v_step_b), 1);
    intercept := v_a + v_step_a / v_long;
    slope := v_b + v_step_b / v_long;
    if abs(v_step_a) + abs(v_step_b) < 1e-9 then
      intercept_se := sqrt(v.hbb / v_det);
      slope_se := sqrt(v.haa / v_det);
      return;
    end if;
    v_a := intercept;
    v_b := slope;
  end loop;
  intercept := null;
  slope := null;
end
$$;
