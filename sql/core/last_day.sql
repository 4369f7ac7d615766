-- The last day of something that goes on until a moment, at the school: until midnight of the 5th is the 4th. Null for no end.
create or replace function core.last_day(p_until timestamptz, p_zone text) returns date
  language sql stable parallel safe
  return ((p_until - interval '1 microsecond') at time zone p_zone)::date;
