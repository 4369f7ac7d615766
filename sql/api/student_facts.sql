-- All that the estimates of these students rest on but their results, which api.student_evidence gives: a row each, in order of
-- student number; nothing for a number that is nobody's here. Asked for before the results: whatever is added between the two
-- raises the version, and the estimate made of both is then refused (api.record_evaluations).
--
-- With p_as_of nothing for whom it is done already: whose estimate in force is of that moment and of the present data. Made again
-- it would take its own state for the one before, and a state that has to be asked for twice would be left after one night; a
-- night that is gone on with by another process, or done by two at once, says what it would have said undisturbed.
--
-- Who: sg_report, sg_operator (assessing everybody). Ground: computing. Locks: none.
drop function if exists api.student_facts(text, int8[]); -- it was given a further parameter
create or replace function api.student_facts(p_school_code text, p_students int8[], p_as_of timestamptz default null)
  returns setof api.student_state
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
     and not exists (select from core.assessment a
                      where a.school_id = v_school.school_id and a.student_id = (s.state).student_id
                        and a.as_of = p_as_of and a.version = (s.state).version)
   order by (s.state).student_id;
end
$$;
