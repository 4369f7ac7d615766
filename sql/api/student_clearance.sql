-- Where a student stands in the ledger of clearance, what the policy proposes, and every decision.
-- GET /api/v1/students/{student}/clearance
--
-- Who: sg_office, right "records". Ground: the person's own. Locks: none.
create or replace function api.student_clearance(p_caller api.caller, p_args jsonb) returns api.reply
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
  return core.reply(core.clearance_document(v_me, v_student) || jsonb_build_object('ground', v_ground), array[v_student.student_id],
                    v_ground);
end
$$;
