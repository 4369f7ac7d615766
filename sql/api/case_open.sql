-- A person opens a case for a student's coming attempt, or reopens the one there is, with a sentence why. The same words again
-- change nothing. POST /api/v1/students/{student}/cases {"sentence", "severity"?}
--
-- Who: sg_office, right "casework". Ground: the person's own. Locks: the student's progress row, then the case.
create or replace function api.case_open(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'casework', p_write => true);
  v_student core.student;
  v_body jsonb := coalesce(p_args -> 'body', '{}');
  v_attempt int2;
  v_severity text := core.arg_choice(v_body, 'severity', '{watch,warning,urgent}', 'watch');
  v_case core.case_file;
begin
  perform core.args_known(p_args, '{student,body}', '{sentence,severity}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student', true));
  select plan.attempt into v_attempt from core.plan_of(v_student.school_id, v_student.student_id) plan where not plan.passed;
  if not found then
    perform core.refuse(409, 'passed', 'This student has passed; there is no attempt to come.');
  end if;
  v_case := core.case_raise(v_me.school_id, v_student.student_id, v_attempt, 'person', 'by_person',
                            array_position(array['info', 'watch', 'warning', 'urgent'], v_severity)::int2,
                            core.arg(v_body, 'sentence', true, 500), v_me.staff_id, v_me.now);
  perform core.case_dates_follow(v_me.school_id, array[v_student.student_id], v_me.now);
  perform core.note_done(v_me, 'case_open', array[v_student.student_id], jsonb_build_object('case', v_case.case_id));
  return core.reply(core.case_head(v_case, v_student, (v_me.now at time zone v_me.zone)::date), array[v_student.student_id],
                    core.ground_for(v_me, v_student.student_id), 201);
end
$$;
