-- Plan items of a case: what is agreed with the student. A recovery plan after a failure keeps the first lawful day of the next
-- attempt, as the calendar's rules gave it that day.
create or replace function core.case_plan(p_me core.me, p_case core.case_file, p_verb text, p_body jsonb) returns core.case_step
  language plpgsql as $$
declare
  v_item core.case_plan_item;
begin
  if p_verb = 'plan_change' then
    select * into v_item from core.case_plan_item i
     where i.school_id = p_case.school_id and i.case_id = p_case.case_id
       and i.item_id = core.arg_number(p_body, 'item', null, 1, 999999999999);
    if not found then
      perform core.refuse(422, 'invalid', 'This case has no such plan item.', 'item');
    end if;
  else
    v_item.kind := core.arg_choice(p_body, 'kind', '{study_plan,tutoring,course,postpone,leave,recovery}', null);
    v_item.text := '';
    v_item.state := 'proposed';
  end if;
  v_item.text := case when p_body ? 'text' then coalesce(core.arg(p_body, 'text', p_most => 2000), '') else v_item.text end;
  v_item.starts_on := case when p_body ? 'starts_on' then core.arg_day(p_body, 'starts_on') else v_item.starts_on end;
  v_item.ends_on := case when p_body ? 'ends_on' then core.arg_day(p_body, 'ends_on') else v_item.ends_on end;
  v_item.state := core.arg_choice(p_body, 'state', '{proposed,agreed,done,dropped}', v_item.state);
  if v_item.ends_on < v_item.starts_on then
    perform core.refuse(422, 'invalid', 'It ends before it begins.', 'ends_on');
  end if;
  if v_item.kind = 'recovery' then
    v_item.earliest_retake := core.earliest_retake(p_case.school_id, p_case.student_id, p_me.now);
  end if;
  if p_verb = 'plan' then
    insert into core.case_plan_item (school_id, case_id, student_id, kind, text, starts_on, ends_on, earliest_retake, state,
      created_by,
                                     created_at, changed_at)
    values (p_case.school_id, p_case.case_id, p_case.student_id, v_item.kind, v_item.text, v_item.starts_on, v_item.ends_on,
            v_item.earliest_retake, v_item.state, p_me.staff_id, p_me.now, p_me.now)
    returning * into v_item;
  else
    update core.case_plan_item i
       set (text, starts_on, ends_on, earliest_retake, state, changed_at)
         = (v_item.text, v_item.starts_on, v_item.ends_on, v_item.earliest_retake, v_item.state, p_me.now)
     where i.school_id = p_case.school_id and i.item_id = v_item.item_id;
  end if;
  return row(p_case, jsonb_build_object('item', v_item.item_id, 'kind', v_item.kind, 'state', v_item.state))::core.case_step;
end
$$;
