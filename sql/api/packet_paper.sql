-- The committee packet of a student as a document, for the daemon to put into the form that was asked for
-- (GET /students/{student}/packet/{form}). Query: redacted (true: for whom the result matters and not the work; no contacts, no
-- case, no names of the school's people). Refuses those who may take no file (core.export_check).
--
-- Who: sg_office, rights "records" and "export". Ground: the person's own. Locks: none.
create or replace function api.packet_paper(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_student core.student;
  v_school core.school;
begin
  perform core.args_known(p_args, '{student,form,redacted}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student', true));
  perform core.export_check(v_me);
  select s.* into strict v_school from core.school s where s.school_id = v_me.school_id;
  return core.reply(core.packet_document(v_school, v_student, v_me.now, core.arg_flag(p_args, 'redacted')),
                    array[v_student.student_id], core.ground_for(v_me, v_student.student_id));
end
$$;
