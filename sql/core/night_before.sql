-- The last night of a school that was kept, with an as-of time before a day begins there: what was said by then. Null where none
-- was.
create or replace function core.night_before(p_school int4, p_day date, p_zone text) returns ops.night
  language sql stable as $$
  select n from ops.night n
   where n.school_id = p_school and n.as_of < core.day_start(p_day, p_zone)
   order by n.night desc limit 1
$$;
