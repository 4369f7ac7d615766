-- All that the estimates of these students rest on but their results, which api.student_evidence gives: a row each, in order of
-- student number; nothing for a number that is nobody's here. Asked for before the results: whatever is added between the two raises
-- the version, and the estimate made of both is then refused (api.record_evaluations).
--
-- Who: sg_report, sg_operator (assessing everybody). Ground: computing. Locks: none.
create or replace function api.student_facts(p_school_code text, p_students int8[]) returns setof api.student_state
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  return query
  select (s.state).*
    from core.student_states(array_fill(v_school.school_id, array[cardinality(p_students)]), p_students, false) s
   where (s.state).student_id is not null
   order by (s.state).student_id;
end
$$;
