-- Takes one message that is due, the gravest first, and nobody else has it for p_lease_s seconds: long enough for a mail server to
-- hang and be given up on. p_way: 'mail' or 'webhook'; p_message: that one alone, if it is due; null: any. No row when nothing is
-- due. What is due and has nobody to go to any more is ended on the way: its recipient may not be let in now, its webhook is off,
-- its time is over. While mail_on is 0 no mail is taken but what was asked for to try the way.
--
-- lease is to be shown with api.message_done. secret, secret_for: of a webhook.
--
-- Who: sg_report. Ground: running the service. Locks: the message's row; those that another sender holds are passed over.
create or replace function api.messages_claim(p_school_code text, p_lease_s int4, p_way text, p_message int8)
  returns table (message_id int8, lease int8, kind text, address text, document text, header_id text, made_at timestamptz,
                 secret bytea, secret_for text)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_now constant timestamptz := core.now();
  v_mail_on constant bool := core.setting(v_school.school_id, 'mail_on') = 1;
  v_message ops.message;
  v_hook core.webhook;
  v_grave bool;
  v_over text;
  v_lease int8;
begin
  loop
    foreach v_grave in array array[true, false] loop
      select m.* into v_message from ops.message m
       where m.school_id = v_school.school_id and m.state in ('waiting', 'sending') and m.next_try_at <= v_now
         and (m.state = 'waiting' or m.lease_until <= v_now) and (m.kind = 'webhook') = (p_way = 'webhook')
         and (v_mail_on or m.kind in ('test', 'webhook')) and (not v_grave or m.kind in ('test', 'urgent', 'escalation'))
         and (p_message is null or m.message_id = p_message)
       order by m.next_try_at limit 1 for no key update skip locked;
      exit when v_message.message_id is not null;
    end loop;
    if v_message.message_id is null then
      return;
    end if;
    select w.* into v_hook from core.webhook w where w.school_id = v_message.school_id and w.webhook_id = v_message.webhook_id;
    v_over := case
      when v_message.give_up_at <= v_now then 'Not sent in time.'
      when v_message.webhook_id is not null and v_hook.status is distinct from 'on' then 'The webhook is off.'
      when v_message.staff_id is not null
           and not exists (select from core.staff s where s.school_id = v_message.school_id and s.staff_id = v_message.staff_id
                                                      and s.status = 'active') then 'The account is not active any more.'
      when v_message.student_id is not null
           and not exists (select from core.student s
                            where s.school_id = v_message.school_id and s.student_id = v_message.student_id
                              and s.status = 'active') then 'The student is not active any more.' end;
    exit when v_over is null;
    update ops.message m
       set state = case when v_message.give_up_at <= v_now then 'failed' else 'dropped' end, lease = null, lease_until = null,
           ended_at = v_now, last_reply = left(concat_ws(' ', v_over, nullif(m.last_reply, '')), 300)
     where m.school_id = v_message.school_id and m.message_id = v_message.message_id;
  end loop;
  v_lease := (random() * 9e15)::int8 + 1;
  update ops.message m
     set state = 'sending', attempts = m.attempts + 1, lease = v_lease, lease_until = v_now + p_lease_s * interval '1 s'
   where m.school_id = v_message.school_id and m.message_id = v_message.message_id;
  return query select v_message.message_id, v_lease, v_message.kind, v_message.address, v_message.document::text,
                      v_message.header_id, v_message.made_at, v_hook.secret, v_hook.secret_for;
end
$$;
