-- A case as the verbs leave it that change nothing but the case itself; the state is core.case_act()'s. Refuses what the body
-- lacks.
create or replace function core.case_change(p_me core.me, p_case core.case_file, p_verb text, p_body jsonb) returns core.case_step
  language plpgsql stable as $$
declare
  c_year constant int4 := 366;
  v_case core.case_file := p_case;
  v_today date := (p_me.now at time zone p_me.zone)::date;
  v_said jsonb := jsonb_strip_nulls(jsonb_build_object('sentence', core.arg(p_body, 'sentence', p_verb = 'hand_over', 500)));
  v_exam date;
begin
  case p_verb
    when 'acknowledge', 'start' then
      v_case.owner_id := coalesce(v_case.owner_id, p_me.staff_id);
      v_case.snooze_until := null;
    when 'watch' then
      select a.p into v_case.mark_p from core.assessment a where a.school_id = v_case.school_id
        and a.student_id = v_case.student_id;
      if not found then
        perform core.refuse(409, 'no_estimate', 'There is no estimate yet that could get worse.',
          p_remedy => 'Set a follow-up instead.');
      end if;
      v_case.mark_delta := core.arg_number(p_body, 'delta_points', core.setting(p_me.school_id, 'watch_delta_points')::int8, 1,
        50) / 100.0;
      v_case.follow_up_on := core.arg_ahead(p_body, 'follow_up_on', false, v_today + 1, c_year);
      v_case.owner_id := coalesce(v_case.owner_id, p_me.staff_id);
      v_case.snooze_until := null;
      v_said := v_said || jsonb_build_object('p', v_case.mark_p, 'delta_points', round(v_case.mark_delta::numeric * 100));
    when 'snooze' then
      v_case.snooze_until := core.arg_ahead(p_body, 'until', true, v_today + 1,
        core.setting(p_me.school_id, 'snooze_most_days')::int4 - 1);
      select plan.exam_day into v_exam from core.plan_of(v_case.school_id, v_case.student_id) plan where not plan.taken;
      if v_exam >= v_today and v_case.snooze_until > v_exam then
        perform core.refuse(422, 'after_exam', format('The exam is on %s, before that day.', v_exam), 'until');
      end if;
      v_case.owner_id := coalesce(v_case.owner_id, p_me.staff_id);
      v_said := v_said || jsonb_build_object('until', v_case.snooze_until);
    when 'wake' then
      if v_case.snooze_until is null then
        perform core.refuse(409, 'not_asleep', 'This case is awake.');
      end if;
      v_case.snooze_until := null;
      v_case.slept_until := v_today;
    when 'take' then
      if not core.case_may_take(p_me, v_case) then
        perform core.refuse(403, 'not_owner', 'Somebody else has this case.',
                            p_remedy => 'Ask them to hand it over, or a dean to assign it.');
      end if;
      v_case.held_for := case when core.covers(p_me.school_id, p_me.staff_id, v_case.owner_id, p_me.now)
                           then coalesce(v_case.held_for, v_case.owner_id) end;
      v_case.owner_id := p_me.staff_id;
    when 'hand_back' then
      if v_case.held_for is null then
        perform core.refuse(409, 'not_held', 'This case is not held for anybody.');
      end if;
      v_case.owner_id := v_case.held_for;
      v_case.held_for := null;
    when 'hand_over', 'assign' then
      if p_verb = 'hand_over' and not core.may(p_me, 'assign') and v_case.owner_id <> p_me.staff_id
         and not core.covers(p_me.school_id, p_me.staff_id, v_case.owner_id, p_me.now) then
        perform core.refuse(403, 'not_owner', 'Only its owner hands a case over; a dean may assign it.');
      end if;
      v_case.owner_id := core.case_owner(p_me, v_case.student_id, p_body, 'to', p_verb = 'hand_over');
      v_case.held_for := null;
      v_said := v_said || jsonb_build_object('to', core.staff_ref(v_case.school_id, v_case.owner_id));
    when 'due' then
      v_case.due_on := core.arg_ahead(p_body, 'on', false, v_today, c_year);
      v_said := v_said || jsonb_build_object('on', v_case.due_on);
    when 'follow_up' then
      v_case.follow_up_on := core.arg_ahead(p_body, 'on', false, v_today, c_year);
      v_said := v_said || jsonb_build_object('on', v_case.follow_up_on);
    when 'resolve' then
      v_case.resolution := core.arg_choice(p_body, 'resolution',
        (select array_agg(r.code) from core.case_resolutions() r where r.by = 'person'), null);
      -- A case resolved is watched all the same: should P fall this far while the student is at risk, it comes back.
      select a.p, core.setting(p_me.school_id, 'regress_delta_points') / 100.0 into v_case.mark_p, v_case.mark_delta
        from core.assessment a where a.school_id = v_case.school_id and a.student_id = v_case.student_id;
      v_case.snooze_until := null;
      v_case.follow_up_on := null;
      v_said := v_said || jsonb_build_object('resolution', v_case.resolution);
    when 'reopen' then
      v_case.resolution := null;
  end case;
  return row(v_case, v_said)::core.case_step;
end
$$;
