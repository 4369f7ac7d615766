-- All that the estimates of a school's students rest on, a page at a time in order of student number: those after p_after, at
-- most p_max. Students who are not on the roster any more are left out.
--
-- Who: sg_report, sg_operator (assessing everybody). Ground: computing. Locks: none.
create or replace function api.student_states(p_school_code text, p_after int8, p_max int4) returns setof api.student_state
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_students int8[];
begin
  select array_agg(s.student_id order by s.student_id) into v_students
    from (select student_id from core.student
           where school_id = v_school.school_id and student_id > p_after and status <> 'inactive'
           order by student_id limit p_max) s;
  return query
  select (s.state).*
    from core.student_states(array_fill(v_school.school_id, array[coalesce(cardinality(v_students), 0)]), v_students) s
   order by s.n;
end
$$;
