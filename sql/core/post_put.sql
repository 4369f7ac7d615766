-- Puts one message into the post, and gives its number; null where this thing was told to this recipient before, or is about to be.
-- The document gets what every mail begins with: the school, the moment, whether names may be in it, and then what whoever gets
-- them has to be told (34 CFR 99.33). An address that cannot be written in a mail is kept as a message that failed, so that
-- somebody sees it.
create or replace function core.post_put(p_school int4, p_kind text, p_key text, p_address text, p_document jsonb,
                                         p_now timestamptz, p_not_before timestamptz, p_staff int8 default null,
                                         p_student int8 default null, p_webhook int8 default null, p_case int8 default null,
                                         p_run int8 default null) returns int8
  language plpgsql as $$
declare
  v_good constant bool := p_webhook is not null or core.post_address_good(p_address);
  v_message int8;
begin
  insert into ops.message (school_id, kind, dedup_key, run_id, staff_id, student_id, webhook_id, case_id, address, document,
                           header_id, made_at, not_before, next_try_at, give_up_at, state, last_reply, ended_at)
  select p_school, p_kind, p_key, p_run, p_staff, p_student, p_webhook, p_case, left(p_address, 1000),
         jsonb_build_object('school', s.name, 'zone', s.zone, 'made_at', p_now, 'names_on', n.names_on)
         || case when n.names_on and p_kind in ('digest', 'urgent', 'escalation', 'reminder')
                 then jsonb_build_object('notice', n.words) else '{}' end || p_document,
         core.post_header_id(p_school, p_key), p_now, p_not_before, p_not_before,
         p_not_before + core.setting(p_school, 'mail_give_up_h') * interval '1 h',
         case when v_good then 'waiting' else 'failed' end,
         case when v_good then '' else 'Not sent: this is no address that a mail can be sent to.' end,
         case when not v_good then p_now end
    from core.school s
   cross join lateral (select core.setting(p_school, 'mail_names') = 1 as names_on, r.words from core.redisclosure_notice() r) n
   where s.school_id = p_school
      on conflict (school_id, dedup_key) do nothing
  returning message_id into v_message;
  return v_message;
end
$$;
