-- A student asked to see the record, or to have it amended: {"student", "kind" (inspection, amendment), "received_on", "words"}. It
-- is due after access_request_days (34 CFR 99.10: at most 45) or amendment_days; until it is closed nothing of the student's may be
-- destroyed. 201 with the request. POST /api/v1/access-requests
--
-- Who: sg_office. Ground: dean or auditor of the school. The student can read this. Locks: none.
create or replace function api.access_request_add(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'requests', p_write => true);
  v_today constant date := (v_me.now at time zone v_me.zone)::date;
  v_body constant jsonb := p_args -> 'body';
  v_student core.student;
  v_kind text;
  v_received date;
  v_request core.record_request;
begin
  perform core.args_known(p_args, '{}', '{student,kind,received_on,words}');
  v_student := core.student_enter(v_me, core.arg(v_body, 'student', true));
  v_kind := core.arg_choice(v_body, 'kind', '{inspection,amendment}', null);
  v_received := coalesce(core.arg_day(v_body, 'received_on'), v_today);
  if v_received > v_today then
    perform core.refuse(422, 'invalid', 'That day has not come.', 'received_on');
  end if;
  insert into core.record_request (school_id, student_id, kind, received_on, due_on, words, created_by, created_at)
  values (v_me.school_id, v_student.student_id, v_kind, v_received,
          v_received + core.setting(v_me.school_id, case v_kind when 'inspection' then 'access_request_days'
                                                              else 'amendment_days' end)::int4,
          core.arg(v_body, 'words', true, 4000), v_me.staff_id, v_me.now)
  returning * into v_request;
  insert into core.record_request_step (school_id, request_id, revision, student_id, at, staff_id, state, words)
  values (v_me.school_id, v_request.request_id, 1, v_request.student_id, v_me.now, v_me.staff_id, 'open', '');
  perform core.note_done(v_me, 'access_request_add', array[v_student.student_id],
                         jsonb_build_object('request_id', v_request.request_id, 'kind', v_kind));
  return core.reply(core.request_json(v_request, v_today), array[v_student.student_id], v_me.ground, 201);
end
$$;
