-- Everything the office may see of one student, as one JSON document: {"student","devices","plan","attempts","assessment","flags",
-- "results"}; null where the school has no such student. Results with all their revisions, newest first.
--
-- Who: sg_operator, sg_office. Ground: the office's own work. Audited: the student looked at, or that one was asked for who is
-- not there. Locks: none.
create or replace function api.student_show(p_school_code text, p_external_id text) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_student core.student;
  v_page jsonb;
begin
  select * into v_student from core.student where school_id = v_school.school_id and external_id = p_external_id;
  if not found then
    perform core.note(v_school.school_id, 'student_show', null, jsonb_build_object('unknown', p_external_id));
    return null;
  end if;

  v_page := core.student_document(v_student) || jsonb_build_object('results', core.results_document(v_student));
  perform core.note(v_school.school_id, 'student_show', array[v_student.student_id], null);
  return v_page;
end
$$;
