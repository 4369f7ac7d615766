-- What became of a message that was taken: p_outcome 'sent', 'later' or 'failed', with the server's last words. Gives its state
-- now; 'lost' when the lease is somebody else's by now, who will say for himself.
--
-- Later means after a pause that doubles with each attempt, from a minute to four hours, a quarter more or less so that a hundred
-- mails do not come back together; 'failed' once that would be after give_up_at. What was sent stands on the trail, with the
-- students who were named in it. A webhook that fails webhook_failures times in a row is off and raises an alert; so does mail that
-- five attempts could not deliver, until one is delivered.
--
-- Who: sg_report. Ground: running the service. Locks: the message's row, its webhook's.
create or replace function api.message_done(p_school_code text, p_message int8, p_lease int8, p_outcome text, p_reply text)
  returns text
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_first_s constant float8 := 60;
  c_most_s constant float8 := 14400;
  c_alert_attempts constant int4 := 5;
  v_school core.school := core.enter_school(p_school_code);
  v_now constant timestamptz := core.now();
  v_reply constant text := left(regexp_replace(coalesce(p_reply, ''), '[^ -~]+', ' ', 'g'), 300);
  v_message ops.message;
  v_next timestamptz;
  v_state text;
begin
  if p_outcome not in ('sent', 'later', 'failed') then
    raise exception 'no such outcome' using errcode = 'invalid_parameter_value';
  end if;
  select m.* into v_message from ops.message m
   where m.school_id = v_school.school_id and m.message_id = p_message and m.lease = p_lease for no key update;
  if v_message.message_id is null then
    return 'lost';
  end if;
  v_next := v_now + least(c_most_s, c_first_s * 2 ^ least(v_message.attempts - 1, 20)) * (0.75 + random() / 2) * interval '1 s';
  v_state := case when p_outcome = 'later' and v_next < v_message.give_up_at then 'waiting'
                  when p_outcome = 'sent' then 'sent' else 'failed' end;
  update ops.message m
     set state = v_state, lease = null, lease_until = null, last_reply = v_reply,
         next_try_at = case when v_state = 'waiting' then v_next else m.next_try_at end,
         sent_at = case when v_state = 'sent' then v_now end, ended_at = case when v_state <> 'waiting' then v_now end
   where m.school_id = v_message.school_id and m.message_id = v_message.message_id;
  if v_message.webhook_id is not null then
    perform core.post_webhook_done(v_school.school_id, v_message.webhook_id, v_state = 'sent', v_reply, v_now);
  elsif v_state = 'sent' then
    update ops.alert a set until = greatest(v_now, a.since)
     where a.school_id = v_school.school_id and a.kind = 'mail' and a.until is null;
  elsif v_message.attempts >= c_alert_attempts then
    insert into ops.alert (school_id, kind, since, text)
    values (v_school.school_id, 'mail', v_now, 'Mail does not leave the house: the mail server is away or refuses it. What it said '
            'stands with the messages.')
        on conflict (school_id, kind) where until is null do nothing;
  end if;
  if v_state = 'sent' then
    perform core.note(v_school.school_id, 'message_sent', core.post_named(v_message),
                      jsonb_build_object('message', v_message.message_id, 'kind', v_message.kind, 'staff', v_message.staff_id,
                                         'webhook', v_message.webhook_id));
  end if;
  return v_state;
end
$$;
