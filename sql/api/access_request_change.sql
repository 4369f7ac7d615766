-- A step with a student's request: {"revision", "state", "words", "answer", "answered_on", "statement"}; what can follow what is
-- core.request_steps(). "words" says what was done, "answer" is what the student was told, "statement" the student's own, which
-- stays with the record (34 CFR 99.21(b)(2)). Without "state" only words, answer or statement change. PATCH
-- /api/v1/access-requests/{request}
--
-- Refuses 409 conflict where "revision" is not the request's; 409 no_such_step; 422 where it closes without an answer.
--
-- Who: sg_office. Ground: dean or auditor of the school. The student can read this. Locks: the request's row.
create or replace function api.access_request_change(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'requests', p_write => true);
  v_today constant date := (v_me.now at time zone v_me.zone)::date;
  v_body constant jsonb := p_args -> 'body';
  v_request core.record_request;
  v_to text;
  v_closed bool;
begin
  perform core.args_known(p_args, '{request}', '{revision,state,words,answer,answered_on,statement}');
  select * into v_request from core.record_request r
   where r.school_id = v_me.school_id and r.request_id = core.arg_number(p_args, 'request', null, 1, 999999999999999999)
     for no key update;
  if not found then
    perform core.refuse(404, 'not_found', 'There is no such request.', 'request');
  elsif core.arg_number(v_body, 'revision', 0, 1, 2147483647) <> v_request.revision then
    perform core.conflict(core.request_json(v_request, v_today));
  end if;
  v_to := core.arg(v_body, 'state', p_most => 20);
  if v_to is not null then
    select t.closed into v_closed from core.request_steps() t
     where t.kind = v_request.kind and t.from = v_request.state and t.to = v_to;
    if not found then
      perform core.refuse(409, 'no_such_step', format('What is "%s" cannot become "%s".', v_request.state, left(v_to, 20)), 'state',
                          '', jsonb_build_object('current', core.request_json(v_request, v_today)));
    end if;
    v_request.state := v_to;
    v_request.answered_on := case when v_closed then coalesce(core.arg_day(v_body, 'answered_on'), v_today) end;
  end if;
  v_request.answer := coalesce(core.arg(v_body, 'answer', p_most => 4000), v_request.answer);
  v_request.statement := coalesce(core.arg(v_body, 'statement', p_most => 4000), v_request.statement);
  if v_closed and v_to <> 'withdrawn' and v_request.answer = '' then
    perform core.refuse(422, 'missing', 'What was the student told?', 'answer');
  elsif v_request.answered_on not between v_request.received_on and v_today then
    perform core.refuse(422, 'invalid', 'That day is before the request, or has not come.', 'answered_on');
  end if;
  update core.record_request r
     set state = v_request.state, answered_on = v_request.answered_on, answer = v_request.answer, statement = v_request.statement,
         revision = r.revision + 1
   where r.school_id = v_me.school_id and r.request_id = v_request.request_id
  returning * into v_request;
  insert into core.record_request_step (school_id, request_id, revision, student_id, at, staff_id, state, words)
  values (v_me.school_id, v_request.request_id, v_request.revision, v_request.student_id, v_me.now, v_me.staff_id, v_request.state,
          coalesce(core.arg(v_body, 'words', p_most => 2000), ''));
  perform core.note_done(v_me, 'access_request_change', array[v_request.student_id],
                         jsonb_build_object('request_id', v_request.request_id, 'state', v_request.state));
  return core.reply(core.request_json(v_request, v_today), array[v_request.student_id], v_me.ground);
end
$$;
