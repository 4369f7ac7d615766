-- The moment at which a day begins at the school.
create or replace function core.day_start(p_day date, p_zone text) returns timestamptz
  language sql stable parallel safe
  return p_day::timestamp at time zone p_zone;
