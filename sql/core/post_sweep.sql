-- What time makes worth telling (after core.case_sweep, in its transaction), each once: the urgent class, time-outs and
-- escalations, follow-ups, students gone silent; of the urgent and the escalated webhooks learn how many. And lets documents go
-- that have done their work, names with them. Gives how many of each. Another sweep of the school under way: nothing, as that one
-- does it. All students of the school must be in scope.
create or replace function core.post_sweep(p_school int4, p_now timestamptz) returns jsonb
  language plpgsql as $$
declare
  v_keep constant interval := core.setting(p_school, 'message_keep_days') * interval '1 day';
  v_urgent int4 := 0;
  v_late record;
  v_followed int4 := 0;
  v_students int4 := 0;
begin
  if not pg_try_advisory_xact_lock(hashtext('post'), p_school) then
    return '{}';
  end if;
  update ops.message m set document = '{}'
   where m.school_id = p_school and m.ended_at < p_now - v_keep
     and m.document <> '{}';
  select 0 as reminded, 0 as escalated into v_late;
  if core.setting(p_school, 'mail_on') = 1 then
    v_urgent := core.post_urgent(p_school, p_now);
    select * into v_late from core.post_time_outs(p_school, p_now);
    v_followed := core.post_follow_ups(p_school, p_now);
    v_students := core.post_students(p_school, p_now);
    if v_urgent > 0 then
      perform core.post_webhooks(p_school, 'urgent', extract(epoch from p_now)::text,
                                 core.post_things(p_school, 'urgent', p_now), p_now);
    end if;
    if v_late.escalated > 0 then
      perform core.post_webhooks(p_school, 'escalation', extract(epoch from p_now)::text,
                                 core.post_things(p_school, 'escalation', p_now), p_now);
    end if;
  end if;
  return jsonb_strip_nulls(jsonb_build_object(
    'urgent', nullif(v_urgent, 0), 'reminder', nullif(v_late.reminded + v_followed, 0), 'escalation', nullif(v_late.escalated, 0),
    'student_reminder', nullif(v_students, 0)));
end
$$;
