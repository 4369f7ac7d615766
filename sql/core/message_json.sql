-- A message as the office sees it: what kind, to whom, how far it is, what the other side's server said last. What is in it is not
-- shown, and of one to a student neither who nor where.
create or replace function core.message_json(p_message ops.message) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'message_id', (p_message).message_id, 'kind', (p_message).kind, 'state', (p_message).state,
    'staff', core.staff_ref((p_message).school_id, (p_message).staff_id),
    'webhook', (select jsonb_build_object('webhook_id', w.webhook_id, 'host', substring(w.url from '^https://([^/?#]+)'))
                  from core.webhook w
                 where w.school_id = (p_message).school_id and w.webhook_id = (p_message).webhook_id),
    'to_student', (p_message).student_id is not null and (p_message).staff_id is null and (p_message).webhook_id is null,
    'night', (select r.night from ops.run r where r.school_id = (p_message).school_id and r.run_id = (p_message).run_id),
    'header_id', (p_message).header_id, 'made_at', (p_message).made_at, 'not_before', (p_message).not_before,
    'give_up_at', (p_message).give_up_at, 'attempts', (p_message).attempts,
    'next_try_at', case when (p_message).state = 'waiting' then (p_message).next_try_at end, 'sent_at', (p_message).sent_at,
    'last_reply', case when (p_message).staff_id is null and (p_message).webhook_id is null
                       then replace(replace((p_message).last_reply, (p_message).address, '…'),
                                    coalesce(nullif(split_part((p_message).address, '@', 1), ''), '…'), '…')
                       else (p_message).last_reply end,
    'may_retry', core.message_may_retry(p_message))
$$;
