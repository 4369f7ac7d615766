-- All that one student's estimate rests on, for the daemon to compute what a page asks for on the spot: readiness over time, P by
-- date, weak areas. The reply's body is {"planned_day"}. Behind GET /api/v1/students/{student}/estimate
--
-- Who: sg_office, right "records". Ground: the person's own. Locks: none.
create or replace function api.student_input(p_caller api.caller, p_args jsonb, out reply api.reply, out state api.student_state)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_student core.student;
begin
  perform core.args_known(p_args, '{student,exam_day}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student', true));
  select (st.state).* into state from core.student_states(array[v_student.school_id], array[v_student.student_id]) st;
  reply := core.reply(jsonb_build_object('planned_day', (state).exam_day, 'exam_day', core.arg_day(p_args, 'exam_day')),
                      array[v_student.student_id], core.ground_for(v_me, v_student.student_id));
end
$$;
