-- A second factor, last step: the daemon found a code right, {"secret", "step"}; the secret must still be the one that waits (409
-- nothing_pending). From here on signing in wants a code, and that step is spent. This session is whole and gets a new token with
-- "token_hash" and "csrf_hash"; all others end. POST /api/v1/me/totp/confirm
--
-- Who: sg_office. Ground: one's own account. Locks: the account's row.
create or replace function api.totp_confirm(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self', p_write => true);
  v_body constant jsonb := p_args -> 'body';
begin
  perform core.args_known(p_args, '{}', '{secret,step,token_hash,csrf_hash}');
  perform core.step_up_check(v_me, p_full => true);
  update core.staff p set totp_secret = p.totp_pending, totp_pending = null, totp_confirmed_at = v_me.now,
                          revision = p.revision + 1, totp_last_step = core.arg_number(v_body, 'step', 0, 1, 1000000000000)
   where p.school_id = v_me.school_id and p.staff_id = v_me.staff_id
     and encode(p.totp_pending, 'hex') = core.arg(v_body, 'secret', true, 512);
  if not found then
    perform core.refuse(409, 'nothing_pending', 'No second factor is being set up.', p_remedy => 'Begin anew.');
  end if;
  update core.session s set restricted = false where s.school_id = v_me.school_id and s.session_id = v_me.session_id;
  perform core.sessions_end(v_me.school_id, core.sessions_of(v_me.school_id, v_me.staff_id, v_me.session_id),
                            'account changed', v_me.now);
  perform core.note_done(v_me, 'totp_confirm');
  perform core.session_rotate(v_me, v_body);
  return core.reply(core.session_json(v_me.school_id, v_me.session_id));
end
$$;
