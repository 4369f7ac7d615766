-- What was said of a student night by night, oldest first: for the chart of readiness and P over time. A night that was not
-- computed is not there; a gap stays a gap. GET /api/v1/students/{student}/history?from&to
--
-- Who: sg_office, right "records". Ground: the person's own. Locks: none.
create or replace function api.student_history(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_student core.student;
  v_from date;
  v_to date;
  v_items jsonb;
begin
  perform core.args_known(p_args, '{student,from,to,format}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student', true));
  v_me.ground := core.ground_for(v_me, v_student.student_id);
  v_from := core.arg_day(p_args, 'from');
  v_to := core.arg_day(p_args, 'to');
  select coalesce(jsonb_agg(jsonb_build_object(
           'night', e.night, 'state', core.state_name(e.state), 'p', e.p, 'p_low', e.p_low, 'p_high', e.p_high,
           'readiness_mean', e.readiness_mean, 'readiness_sd', e.readiness_sd, 'exam_mean', e.exam_mean, 'exam_sd', e.exam_sd,
           'exam_day', e.exam_day, 'results_used', e.results_used, 'last_check_at', e.last_check_at, 'parameters', v.version,
           'source', n.source) order by e.night), '[]')
    into v_items
    from ops.night n
    join core.estimate_night e on e.school_id = n.school_id and e.night = n.night and e.student_id = v_student.student_id
    left join ops.parameter_set v on v.school_id = e.school_id and v.parameters_id = e.parameters_id
   where n.school_id = v_me.school_id and (v_from is null or n.night >= v_from) and (v_to is null or n.night <= v_to);
  return core.reply_list(v_me, p_args, v_items, null, jsonb_array_length(v_items), array[v_student.student_id],
    '{night,state,p,p_low,p_high,readiness_mean,readiness_sd,exam_mean,exam_sd,exam_day,results_used,last_check_at,parameters,'
    'source}');
end
$$;
