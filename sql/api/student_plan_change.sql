-- What the office knows of a student's exam: planned or moved, cancelled, taken, or its result; with a reason. A further statement
-- in the log (core.plan_change, source 2); about taken and result it goes before what the student says, about the plan the later
-- one counts. Recording is never refused because a rule stands against the plan: the answer says which ("breaks"), and a person
-- decides. POST /api/v1/students/{student}/plan
--   {"revision": of the log as seen, "action": "planned"|"cancelled"|"taken"|"result", "attempt" (default: the coming one),
--    "exam_day", "permit_from", "permit_to", "dedicated_start", "outcome": "pass"|"fail", "outcome_known_on", "reason"}
--
-- Who: sg_office, right "calendar". Ground: the person's own for the student. 409 conflict where something was said meanwhile, with
-- the calendar as it is. Locks: the student's progress row, as whoever says something (core.attempt_facts_keep).
create or replace function api.student_plan_change(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'calendar', p_write => true);
  v_body constant jsonb := p_args -> 'body';
  v_today constant date := (v_me.now at time zone v_me.zone)::date;
  v_student core.student;
  v_new core.plan_change;
  v_reason text;
  v_ground text;
begin
  perform core.args_known(p_args, '{student}',
    '{revision,action,attempt,exam_day,permit_from,permit_to,dedicated_start,outcome,outcome_known_on,reason}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student', true));
  perform from core.progress p where p.school_id = v_me.school_id and p.student_id = v_student.student_id for no key update;
  if core.arg_number(v_body, 'revision', -1, 0, 2147483647) <> core.plan_revision(v_me.school_id, v_student.student_id) then
    perform core.conflict(core.calendar_document(v_me, v_student));
  end if;
  v_reason := core.arg(v_body, 'reason', true, 500);
  v_new.action := array_position('{planned,cancelled,taken,result}'::text[],
                                 core.arg_choice(v_body, 'action', '{planned,cancelled,taken,result}', null));
  v_new.attempt := core.arg_number(v_body, 'attempt',
                                   (select p.attempt from core.plan_of(v_me.school_id, v_student.student_id) p), 1, 10);
  v_new.exam_day := core.arg_day(v_body, 'exam_day', v_new.action in (1, 3));
  v_new.permit_from := core.arg_day(v_body, 'permit_from');
  v_new.permit_to := core.arg_day(v_body, 'permit_to');
  v_new.dedicated_start := core.arg_day(v_body, 'dedicated_start');
  v_new.outcome := array_position('{pass,fail}'::text[],
                                  nullif(core.arg_choice(v_body, 'outcome', '{pass,fail,none}', 'none'), 'none'));
  v_new.outcome_known_on := core.arg_day(v_body, 'outcome_known_on');
  if v_new.action <> 1 and (v_new.permit_from, v_new.permit_to, v_new.dedicated_start) is distinct from (null, null, null) then
    perform core.refuse(422, 'invalid', 'Permit and dedicated period belong to a plan.', case
      when v_new.permit_from is not null then 'permit_from'
      when v_new.permit_to is not null then 'permit_to' else 'dedicated_start' end, 'Send them with "planned".');
  elsif v_new.permit_to < v_new.permit_from then
    perform core.refuse(422, 'invalid', 'The permit ends before it begins.', 'permit_to');
  elsif v_new.action in (2, 4) and v_new.exam_day is not null then
    perform core.refuse(422, 'invalid', 'A day belongs to an exam planned or taken.', 'exam_day');
  elsif v_new.action = 3 and v_new.exam_day > v_today then
    perform core.refuse(422, 'invalid', 'An exam taken cannot lie in the future.', 'exam_day', 'To plan one, say "planned".');
  elsif (v_new.action = 4) <> (v_new.outcome is not null) then
    perform core.refuse(422, case when v_new.action = 4 then 'missing' else 'invalid' end,
                        'A result, and only a result, is a pass or a fail.', 'outcome');
  elsif v_new.outcome_known_on is not null and (v_new.action <> 4 or v_new.outcome_known_on > v_today) then
    perform core.refuse(422, 'invalid', 'The day on which a result became known belongs to a result, and is not in the future.',
      'outcome_known_on');
  end if;
  -- Later than whatever was said before: two statements in one instant would be ordered by their random ids.
  insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, permit_from, permit_to,
                                dedicated_start, outcome, outcome_known_on, made_at)
  values (v_me.school_id, v_student.student_id, gen_random_uuid(), 2, v_new.action, v_new.attempt, v_new.exam_day,
          v_new.permit_from, v_new.permit_to, v_new.dedicated_start, v_new.outcome,
          case when v_new.action = 4 then coalesce(v_new.outcome_known_on, v_today) end,
          greatest(v_me.now, (select max(c.made_at) + interval '1 microsecond' from core.plan_change c
                               where c.school_id = v_me.school_id and c.student_id = v_student.student_id)))
  returning * into v_new;
  insert into core.plan_reason (school_id, change_id, student_id, reason, staff_id)
  values (v_me.school_id, v_new.change_id, v_student.student_id, v_reason, v_me.staff_id);
  perform core.touch(v_me.school_id, array[v_student.student_id]);
  perform core.note_done(v_me, 'student_plan_change', array[v_student.student_id],
    -- What was said stands there: auditors see no record.
    jsonb_build_object('change_id', v_new.change_id, 'attempt', v_new.attempt));
  v_ground := core.ground_for(v_me, v_student.student_id);
  return core.reply(core.calendar_document(v_me, v_student) || jsonb_build_object('ground', v_ground), array[v_student.student_id],
                    v_ground, 201);
end
$$;
