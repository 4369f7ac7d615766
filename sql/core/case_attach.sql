-- What the verbs do that add to a case or change what hangs on it: contact, task, plan, note. Gives the case (a contact settles a
-- follow-up that is due) and what the timeline says: numbers and codes, never the text of a note.
create or replace function core.case_attach(p_me core.me, p_case core.case_file, p_verb text, p_body jsonb) returns core.case_step
  language plpgsql as $$
declare
  c_year constant int4 := 366;
  v_case core.case_file := p_case;
  v_today date := (p_me.now at time zone p_me.zone)::date;
  v_id int8;
begin
  case p_verb
    when 'contact' then
      insert into core.case_contact (school_id, case_id, student_id, staff_id, at, on_day, channel, outcome, sentence)
      values (v_case.school_id, v_case.case_id, v_case.student_id, p_me.staff_id, p_me.now,
              coalesce(core.arg_ahead(p_body, 'on', false, v_today - c_year, c_year), v_today),
              core.arg_choice(p_body, 'channel', '{email,phone,video,in_person,message,letter,other}', null),
              core.arg_choice(p_body, 'outcome', '{reached,no_answer,left_message,met,scheduled,no_show,declined,wrong_address}',
                null),
              coalesce(core.arg(p_body, 'sentence', p_most => 500), ''))
      returning contact_id into v_id;
      v_case.follow_up_on := coalesce(core.arg_ahead(p_body, 'follow_up_on', false, v_today + 1, c_year),
                                      case when v_case.follow_up_on > v_today then v_case.follow_up_on end);
      v_case.owner_id := coalesce(v_case.owner_id, p_me.staff_id);
      v_case.snooze_until := null;
      return row(v_case, jsonb_build_object('contact', v_id, 'channel', p_body ->> 'channel', 'outcome',
        p_body ->> 'outcome'))::core.case_step;
    when 'task' then
      insert into core.case_task (school_id, case_id, student_id, title, owner_id, due_on, created_by, created_at)
      values (v_case.school_id, v_case.case_id, v_case.student_id, core.arg(p_body, 'title', true, 200),
              coalesce(core.case_owner(p_me, v_case.student_id, p_body, 'owner'), v_case.owner_id, p_me.staff_id),
              core.arg_ahead(p_body, 'due_on', false, v_today, c_year), p_me.staff_id, p_me.now)
      returning task_id into v_id;
      return row(v_case, jsonb_build_object('task', v_id))::core.case_step;
    when 'task_change' then
      update core.case_task t
         set title = coalesce(core.arg(p_body, 'title', p_most => 200), t.title),
             owner_id = coalesce(core.case_owner(p_me, v_case.student_id, p_body, 'owner'), t.owner_id),
             due_on = case when p_body ? 'due_on' then core.arg_ahead(p_body, 'due_on', false, v_today, c_year) else t.due_on end,
             state = core.arg_choice(p_body, 'state', '{open,done,dropped}', t.state),
             ended_by = case when core.arg_choice(p_body, 'state', '{open,done,dropped}', t.state) <> 'open' then p_me.staff_id end,
             ended_at = case when core.arg_choice(p_body, 'state', '{open,done,dropped}', t.state) <> 'open' then p_me.now end
       where t.school_id = v_case.school_id and t.case_id = v_case.case_id
         and t.task_id = core.arg_number(p_body, 'task', null, 1, 999999999999)
      returning t.task_id into v_id;
      if not found then
        perform core.refuse(422, 'invalid', 'This case has no such task.', 'task');
      end if;
      return row(v_case, jsonb_strip_nulls(jsonb_build_object('task', v_id, 'state', p_body ->> 'state')))::core.case_step;
    when 'plan', 'plan_change' then
      return core.case_plan(p_me, v_case, p_verb, p_body);
    when 'note', 'note_change' then
      return core.case_notes(p_me, v_case, p_verb, p_body);
  end case;
end
$$;
