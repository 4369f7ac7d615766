-- One student's page: what core.student_document() has, and on what ground this person sees it. Results, estimates of past nights and
-- the timeline are routes of their own. GET /api/v1/students/{student}
--
-- Who: sg_office, right "records". Ground: the person's own. Locks: none.
create or replace function api.student(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_student core.student;
  v_ground text;
begin
  perform core.args_known(p_args, '{student}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student', true));
  v_ground := core.ground_for(v_me, v_student.student_id);
  return core.reply((core.student_document(v_student) - 'devices') || jsonb_build_object('ground', v_ground),
                    array[v_student.student_id], v_ground);
end
$$;
