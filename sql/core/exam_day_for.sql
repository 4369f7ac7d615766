-- The other way round: the last exam day whose result is to be expected by p_by (core.result_day). It is itself a posting weekday:
-- the last one no later than p_by, less the weeks.
create or replace function core.exam_day_for(p_by date, p_weeks int4, p_weekday int4) returns date
  language sql immutable parallel safe
  return p_by - (extract(isodow from p_by)::int4 - p_weekday + 7) % 7 - 7 * p_weeks;
