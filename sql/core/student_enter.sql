-- The student of that id, if this person may see the record; else 404, in the same words whether there is such a student or not.
create or replace function core.student_enter(p_me core.me, p_external text) returns core.student
  language plpgsql stable as $$
declare
  v_student core.student;
begin
  select * into v_student from core.student s where s.school_id = p_me.school_id and s.external_id = p_external;
  if not found then
    perform core.refuse(404, 'not_found', 'There is no such student, or it is not one of yours.', 'student');
  end if;
  return v_student;
end
$$;
