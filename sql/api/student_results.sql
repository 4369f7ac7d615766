-- A student's results with all their revisions, newest first. GET /api/v1/students/{student}/results
--
-- Who: sg_office, right "records". Ground: the person's own. Locks: none.
create or replace function api.student_results(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_student core.student;
  v_items jsonb;
begin
  perform core.args_known(p_args, '{student,format}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student', true));
  v_me.ground := core.ground_for(v_me, v_student.student_id);
  v_items := core.results_document(v_student);
  return core.reply_list(v_me, p_args, v_items, null, jsonb_array_length(v_items), array[v_student.student_id],
    '{result_id,revision,retracted,instrument,form,taken_at,received_at,scale,score,mode,repeat,items,correct,omitted,seconds,'
    'seconds_allowed,printed_p_pass,subscores,device_id,overruled_by,reported.score,reported.difference}');
end
$$;
