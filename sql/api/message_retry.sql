-- Tries a message again, now: one that failed, or one that waits for its next try. The sender takes it up with its next turn; the
-- message stays the same to the byte, its Message-ID too. Refuses 404, and 409 not_now for one that was sent, is being sent, was
-- dropped, or whose contents are gone. POST /api/v1/messages/{message}/retry
--
-- Who: sg_office, right "health". Ground: running the service. Locks: the message's row.
create or replace function api.message_retry(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_keep_trying constant interval := interval '1 day'; -- at least: a person looks again tomorrow
  v_me core.me := core.staff_enter(p_caller, 'health', p_write => true);
  v_message ops.message;
begin
  perform core.args_known(p_args, '{message}', '{}');
  select * into v_message from ops.message m
   where m.school_id = v_me.school_id and m.message_id = core.arg_number(p_args, 'message', null, 1, 999999999999999999)
     for no key update;
  if not found then
    perform core.refuse(404, 'not_found', 'There is no such message.', 'message');
  elsif not core.message_may_retry(v_message) then
    perform core.refuse(409, 'not_now', 'This message is not one that can be tried again.', 'message',
                        'Look at its state: it may have been sent meanwhile.',
                        jsonb_build_object('current', core.message_json(v_message)));
  end if;
  update ops.message m
     set state = 'waiting', ended_at = null, attempts = case when m.state = 'failed' then 0 else m.attempts end,
         not_before = least(m.not_before, v_me.now), next_try_at = v_me.now,
         give_up_at = greatest(m.give_up_at, v_me.now + c_keep_trying)
   where m.school_id = v_me.school_id and m.message_id = v_message.message_id
  returning * into v_message;
  perform core.note_done(v_me, 'message_retry', '{}', jsonb_build_object('message_id', v_message.message_id));
  return core.reply(core.message_json(v_message));
end
$$;
