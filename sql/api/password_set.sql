-- A new password for oneself, {"password_hash"}: wants a fresh proof (api.step_up_finish, for which the old one does). All other
-- sessions of the account end; this one gets a new token with "token_hash" and "csrf_hash". POST /api/v1/me/password
--
-- Who: sg_office. Ground: one's own account. Locks: the account's row.
create or replace function api.password_set(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self', p_write => true);
  v_body constant jsonb := p_args -> 'body';
begin
  perform core.args_known(p_args, '{}', '{password_hash,token_hash,csrf_hash}');
  perform core.step_up_check(v_me, p_full => true);
  update core.staff p set password_hash = core.arg(v_body, 'password_hash', true, 300), password_set_at = v_me.now,
                          revision = p.revision + 1
   where p.school_id = v_me.school_id and p.staff_id = v_me.staff_id;
  perform core.sessions_end(v_me.school_id, core.sessions_of(v_me.school_id, v_me.staff_id, v_me.session_id),
                            'account changed', v_me.now);
  perform core.note_done(v_me, 'password_set');
  perform core.session_rotate(v_me, v_body);
  return core.reply(core.session_json(v_me.school_id, v_me.session_id));
end
$$;
