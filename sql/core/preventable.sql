-- How much a talk with this student today is expected to prevent: P(fail) times what acting now can still change, between 0 and
-- P(fail). The order of the queue.
--
-- Days left enter twice. An action needs time to work: 1 - exp(-d/14), two weeks give two thirds of what can be had. And what is
-- far away can wait for the next look: exp(-d/90). The product is .07 the day before, .36 a week before, highest (.63) about four
-- weeks before, .51 at two months and .26 at four. Without a planned day nobody knows when time runs out: taken as 90 days. After
-- the day nothing is left to prevent.
create or replace function core.preventable(p_pass float8, p_days_to_exam int4) returns float8
  language sql immutable as $$
  select (1 - p_pass) * case
    when p_days_to_exam < 0 then 0
    else (1 - exp(-coalesce(p_days_to_exam, 90) / 14.0::float8)) * exp(-coalesce(p_days_to_exam, 90) / 90.0::float8)
  end
$$;
