-- One student's page: what core.student_document() has, the case that is open, where clearance stands, the days that rules make of
-- the plan, what is reported of studying, and on what ground this person sees it. Results, estimates of past nights and the
-- timeline are routes of their own. GET /api/v1/students/{student}
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
  return core.reply((core.student_document(v_student) - 'devices') || jsonb_build_object(
    'case', (select core.case_head(c, v_student, (v_me.now at time zone v_me.zone)::date)
               from core.case_file c
              where c.school_id = v_student.school_id and c.student_id = v_student.student_id
                and c.state not in ('resolved', 'merged') order by c.attempt desc limit 1),
    'clearance', (select core.clearance_state(v_student.school_id, v_student.student_id, plan.attempt)
                    from core.plan_of(v_student.school_id, v_student.student_id) plan),
    'study', core.study_document(v_student, (v_me.now at time zone v_me.zone)::date, 26), -- half a year
    'calendar', core.calendar_of(v_student.school_id, v_student.student_id, v_me.now),
    'ground', v_ground), array[v_student.student_id], v_ground);
end
$$;
