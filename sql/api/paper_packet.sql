-- The committee packet of one student as a document (core.packet_document); null where the school has no such student.
-- `stepguard-report paper packet STUDENT`
--
-- Who: sg_report. Ground: the operating-system operator prints what the office asked for. Audited: the student looked at, or that
-- one was asked for who is not there. Locks: none.
create or replace function api.paper_packet(p_school_code text, p_external_id text, p_redacted bool)
  returns text
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_student core.student;
begin
  select * into v_student from core.student where school_id = v_school.school_id and external_id = p_external_id;
  if not found then
    perform core.note(v_school.school_id, 'paper_packet', null, jsonb_build_object('unknown', p_external_id));
    return null;
  end if;
  perform core.note(v_school.school_id, 'paper_packet', array[v_student.student_id], jsonb_build_object('redacted', p_redacted));
  return core.packet_document(v_school, v_student, core.now(), p_redacted)::text;
end
$$;
