-- Ends a program's token at once. 404 where there is none; a second time changes nothing. DELETE /api/v1/tokens/{token}
--
-- Who: sg_office. Ground: letting programs in. Locks: the token's row.
create or replace function api.token_revoke(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'tokens', p_write => true);
  v_token core.service_token;
begin
  perform core.args_known(p_args, '{token}');
  update core.service_token t set revoked_at = coalesce(t.revoked_at, v_me.now)
   where t.school_id = v_me.school_id and t.token_id = core.arg_number(p_args, 'token', null, 1, 999999999999999999)
  returning * into v_token;
  if not found then
    perform core.refuse(404, 'not_found', 'There is no such token.', 'token');
  end if;
  perform pg_notify('sg_session', v_me.school_id || '/token/' || v_token.token_id);
  perform core.note_done(v_me, 'token_revoke', '{}', jsonb_build_object('token_id', v_token.token_id));
  return core.reply(core.token_json(v_token, v_me.now));
end
$$;
