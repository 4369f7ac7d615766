-- A rule as a bound of a day: which version of it, which day it sets, and the rules that it was counted with. Null where it sets
-- none.
create or replace function core.calendar_reason(p_ref jsonb, p_day date, variadic p_with jsonb[] default '{}') returns jsonb
  language sql immutable parallel safe
  return case when p_day is not null then
    p_ref || jsonb_build_object('day', p_day) || case when array_remove(p_with, null) <> '{}'
      then jsonb_build_object('with', to_jsonb(array_remove(p_with, null))) else '{}' end end;
