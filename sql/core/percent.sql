-- A probability as sentences say it: "34 %", and neither 0 nor 100 of what is not certain (put_percent in server/risk/words.c).
create or replace function core.percent(p_p float8) returns text
  language sql stable parallel safe
  return case when p_p > 0.99 and p_p < 1 then 'over 99 %' when p_p > 0 and p_p < 0.01 then 'under 1 %'
              else round(100 * p_p::numeric) || ' %' end;
