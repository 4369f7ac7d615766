-- Whom to see today, in which order, and why: a page of the queue (core.queue_page). GET
-- /api/v1/queue?owner&mine&class_year&state&severity&limit&format
--
-- Who: sg_office, right "records"; an adviser sees their own caseload, by row-level security alone. Ground: the person's own.
-- Locks: none.
create or replace function api.queue_show(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_csv bool := core.arg_choice(p_args, 'format', '{json,csv}', 'json') = 'csv';
  v_owner int8 := case when core.arg_choice(p_args, 'mine', '{true,false}', 'false') = 'true' then v_me.staff_id
                       else core.arg_number(p_args, 'owner', null, 1, 999999999999) end;
  v_year int8 := core.arg_number(p_args, 'class_year', null, 1900, 2999);
  v_state text := core.arg_choice(p_args, 'state', '{any,new,acknowledged,in_progress,watching,regressed,escalating}', 'any');
  v_severity text := core.arg_choice(p_args, 'severity', '{any,info,watch,warning,urgent}', 'any');
  v_limit int8 := core.arg_number(p_args, 'limit', null, 1, 200);
  v_school core.school;
  v_page jsonb;
  v_students int8[];
begin
  perform core.args_known(p_args, '{format,mine,owner,class_year,state,severity,limit}');
  if v_csv then
    perform core.export_check(v_me);
  end if;
  select * into v_school from core.school s where s.school_id = v_me.school_id;
  select q.page, q.students into v_page, v_students
    from core.queue_page(v_school, v_me.now, v_limit, v_csv, v_owner, v_year, v_state, v_severity) q;
  if v_csv then
    return core.reply_list(v_me, p_args, v_page -> 'items', null, (v_page ->> 'total')::int8, v_students,
      '{rank,above_line,student.student_id,student.given_name,student.family_name,student.class_year,case,state,severity,'
      'estimate.state,estimate.p,estimate.p_low,estimate.p_high,estimate.readiness_mean,exam_on,last_safe_on,clearance,owner.name,'
      'due_on,overdue,order.preventable,order.sentence}');
  end if;
  return core.reply(v_page, v_students, v_me.ground);
end
$$;
