-- Merges a case into another of the same student: reasons, contacts, notes, tasks and plan items move, the timeline stays where it
-- was and is read with it. The one that stays must be that of the coming attempt (the other would be opened anew). A reason that
-- both have stays once, open if either was.
--
-- Locks: the student's progress row (what opens reasons holds it too), then the other case; the first is the caller's. Two who
-- merge the same two in opposite directions therefore wait in the same place.
create or replace function core.case_merge(p_me core.me, p_case core.case_file, p_body jsonb) returns core.case_step
  language plpgsql as $$
declare
  v_into int8 := core.arg_number(p_body, 'into', null, 1, 999999999999);
  v_case core.case_file := p_case;
  v_kept core.case_file;
begin
  v_kept := core.case_find(p_me, v_into, p_lock => true);
  if v_kept.student_id <> v_case.student_id or v_kept.case_id = v_case.case_id then
    perform core.refuse(422, 'invalid', 'Only two cases of one student can be merged.', 'into');
  elsif v_kept.state = 'merged' then
    perform core.refuse(409, 'not_allowed', 'That case was itself merged into another.', 'into');
  elsif v_kept.attempt <> (select plan.attempt from core.plan_of(v_case.school_id, v_case.student_id) plan) then
    perform core.refuse(409, 'not_coming', 'The one that stays must be that of the coming attempt.', 'into');
  end if;
  perform core.case_seen(p_me, v_kept, core.arg_number(p_body, 'into_revision', null, 1, 2147483647));
  update core.case_reason k
     set closed_at = case when k.closed_at is null or o.closed_at is null then null else k.closed_at end,
         times = k.times + o.times, opened_at = least(k.opened_at, o.opened_at)
    from core.case_reason o
   where k.school_id = v_kept.school_id and k.case_id = v_kept.case_id
     and o.school_id = k.school_id and o.case_id = v_case.case_id and o.code = k.code;
  delete from core.case_reason o
   where o.school_id = v_case.school_id and o.case_id = v_case.case_id
     and exists (select from core.case_reason k where k.school_id = o.school_id and k.case_id = v_kept.case_id and k.code = o.code);
  update core.case_reason x set case_id = v_kept.case_id where x.school_id = v_case.school_id and x.case_id = v_case.case_id;
  update core.case_contact x set case_id = v_kept.case_id where x.school_id = v_case.school_id and x.case_id = v_case.case_id;
  update core.case_note x set case_id = v_kept.case_id where x.school_id = v_case.school_id and x.case_id = v_case.case_id;
  update core.case_task x set case_id = v_kept.case_id where x.school_id = v_case.school_id and x.case_id = v_case.case_id;
  update core.case_plan_item x set case_id = v_kept.case_id where x.school_id = v_case.school_id and x.case_id = v_case.case_id;
  update core.case_file k
     set revision = k.revision + 1, owner_id = coalesce(k.owner_id, v_case.owner_id), due_on = least(k.due_on, v_case.due_on),
         acted_at = greatest(k.acted_at, v_case.acted_at),
         severity = (select coalesce(max(r.severity), 1) from core.case_reason r
                      where r.school_id = k.school_id and r.case_id = k.case_id and r.closed_at is null)
   where k.school_id = v_kept.school_id and k.case_id = v_kept.case_id;
  insert into core.case_event (school_id, case_id, student_id, at, staff_id, verb, from_state, to_state, revision, detail)
  values (v_kept.school_id, v_kept.case_id, v_kept.student_id, p_me.now, p_me.staff_id, 'merged_in', v_kept.state, v_kept.state,
          v_kept.revision + 1, jsonb_build_object('from', v_case.case_id));
  v_case.merged_into := v_kept.case_id;
  v_case.severity := 1;
  v_case.resolution := null;
  v_case.snooze_until := null;
  v_case.follow_up_on := null;
  return row(v_case, jsonb_build_object('into', v_kept.case_id))::core.case_step;
end
$$;
