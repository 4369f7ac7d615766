-- All that one student's estimate rests on: 0 or 1 rows. For a student who asks for the standing, and for an upload whose estimate
-- lost the race with another one.
--
-- Who: sg_student. Ground: the student's own session. Locks: none.
create or replace function api.student_states_of(p_school int4, p_student int8) returns setof api.student_state
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
as $$
begin
  perform core.enter(array[p_school]);
  return query
  select (s.state).* from core.student_states(array[p_school], array[p_student]) s where (s.state).student_id is not null;
end
$$;
