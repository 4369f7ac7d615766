-- What became of a student from one estimate to a later one: 'new' (there was none before), 'worse', 'better' or 'same'. The states
-- say it where both are about risk; within one state, and to or from "cannot say", which is no risk, P does: half the step that
-- wakes a case that is watched (setting watch_delta_points) is a change worth a word. Null where there is none now.
create or replace function core.course_kind(p_state_then int2, p_p_then float8, p_state_now int2, p_p_now float8, p_points float8)
  returns text
  language sql immutable parallel safe
  return case when p_state_now is null then null
              when p_state_then is null then 'new'
              when p_state_now < p_state_then and p_state_then < 4 then 'worse'
              when p_state_now > p_state_then and p_state_now < 4 then 'better'
              when p_p_now <= p_p_then - p_points / 200 + 1e-9 then 'worse'
              when p_p_now >= p_p_then + p_points / 200 - 1e-9 then 'better'
              else 'same' end;
