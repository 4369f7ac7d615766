-- Takes down what a student says about an exam: planned or moved, cancelled, taken, passed or failed. The same change_id twice
-- counts once (status 2); with other content, or from another student, it is a conflict (3). Whether it is acceptable in itself is
-- said by field and reason (4). The plan in force is folded from all that was said (core.plan_of), so arrival order is nothing.
--
-- Who: sg_student. Ground: the student's own certificate, judged again. Locks: the new row, then the student's progress row.
create or replace function api.change_plan(p_school int4, p_student int8, p_device int8, p_serial bytea, p_change uuid,
                                           p_action int2, p_attempt int2, p_exam_day date, p_permit_from date, p_permit_to date,
                                           p_dedicated_start date, p_outcome int2, p_made_at timestamptz)
  returns table (verdict int2, status int2, field text, reason text, state api.student_state)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  v_outcome constant int2 := nullif(p_outcome, 0);
  v_known core.plan_change;
  v_today date;
begin
  perform core.enter(array[p_school]);
  select v.verdict into verdict
    from core.verdicts(array[row(p_school, p_student, p_device, p_serial, 0)::api.upload_row]) v;
  if verdict <> 0 then
    return next;
    return;
  end if;
  select (now() at time zone zone)::date into v_today from core.school where school_id = p_school;

  select f.field, f.reason into field, reason
    from (values
      (p_action is null or p_action not between 1 and 4, 'action', 'Say what happened: planned, cancelled, taken, or the result.'),
      (p_attempt is null or p_attempt not between 1 and 10, 'attempt', 'Count attempts from 1; there are at most 10.'),
      (p_action in (1, 3) and p_exam_day is null, 'exam_day', 'Give the day of the exam.'),
      (p_action = 3 and p_exam_day > v_today, 'exam_day', 'An exam taken cannot lie in the future. To plan one, set the date.'),
      (p_action = 4 and coalesce(v_outcome not in (1, 2), true), 'outcome', 'Say whether it was passed or failed.'),
      (p_permit_to < p_permit_from, 'permit_to_day', 'The permit ends before it begins. Check both days.'),
      (p_made_at is null or p_made_at > now() + interval '1 day', 'made_at_ms',
       'The time of this change lies in the future. Set your clock.')
    ) f(wrong, field, reason)
   where f.wrong
   limit 1;

  if found then
    status := 4;
  else
    insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, permit_from, permit_to,
                                  dedicated_start, outcome, device_id, made_at)
    values (p_school, p_student, p_change, 1, p_action, p_attempt, p_exam_day, p_permit_from, p_permit_to, p_dedicated_start,
            case when p_action = 4 then v_outcome end, p_device, p_made_at)
        on conflict do nothing;
    if found then
      status := 1;
      perform core.touch(p_school, array[p_student]);
    else
      select * into v_known from core.plan_change where school_id = p_school and change_id = p_change;
      status := case
        when (v_known.student_id, v_known.source, v_known.action, v_known.attempt, v_known.exam_day, v_known.permit_from,
              v_known.permit_to, v_known.dedicated_start, v_known.outcome, v_known.made_at)
             is distinct from
             (p_student, 1::int2, p_action, p_attempt, p_exam_day, p_permit_from, p_permit_to, p_dedicated_start,
              case when p_action = 4 then v_outcome end, p_made_at) then 3
        else 2
      end;
    end if;
  end if;
  update core.progress set last_sync_at = now() where school_id = p_school and student_id = p_student;
  state := (select s.state from core.student_states(array[p_school], array[p_student]) s);
  return next;
end
$$;
