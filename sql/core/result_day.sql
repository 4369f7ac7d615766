-- The day by which the result of an exam is to be expected: the first posting day (p_weekday, ISO, Wednesday is 3) no earlier than
-- p_weeks after it. Never early: whoever plans with it plans with the later day.
create or replace function core.result_day(p_exam date, p_weeks int4, p_weekday int4) returns date
  language sql immutable parallel safe
  return p_exam + 7 * p_weeks + (p_weekday - extract(isodow from p_exam)::int4 + 7) % 7;
