-- A token for a program: {"name", "scopes", "days"}, with the hash of the one that the daemon made and shows once ("token_hash").
-- Scopes are rights to read (core.token_scopes), and only those that whoever makes it has themselves, for the whole school: an
-- administrator, who sees no record, makes no token that does. It works as long as they have them (core.token_rights). 201 with the
-- token. Wants a fresh proof. Refuses 403 no_right. POST /api/v1/tokens
--
-- Who: sg_office. Ground: letting programs in. Locks: none.
create or replace function api.token_add(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'tokens', p_write => true, p_step_up => true);
  v_body constant jsonb := p_args -> 'body';
  v_token core.service_token;
  v_days int4;
  v_beyond text;
begin
  perform core.args_known(p_args, '{}', '{name,scopes,days,token_hash}');
  v_token.name := core.arg(v_body, 'name', true, 120);
  v_token.scopes := core.arg_list(v_body, 'scopes', 20, core.token_scopes());
  v_days := core.arg_number(v_body, 'days', 90, 1, core.setting(v_me.school_id, 'token_days_most')::int8);
  if v_token.scopes is null then
    perform core.refuse(422, 'missing', '"scopes" is missing.', 'scopes', 'Give at least one.');
  end if;
  v_token.school_id := v_me.school_id;
  v_token.created_by := v_me.staff_id;
  select s into v_beyond from unnest(v_token.scopes) s where s <> all (core.token_rights(v_token)) limit 1;
  if v_beyond is not null then
    perform core.refuse(403, 'no_right', 'Nobody gives a program more than they may do themselves.', 'scopes',
                        p_more => jsonb_build_object('right', v_beyond));
  end if;
  insert into core.service_token (school_id, token_hash, name, scopes, created_by, created_at, expires_at)
  values (v_me.school_id, core.arg_hash(v_body, 'token_hash', true), v_token.name, v_token.scopes, v_me.staff_id, v_me.now,
          v_me.now + v_days * interval '1 day')
  returning * into v_token;
  perform core.note_done(v_me, 'token_add', '{}', jsonb_build_object('token_id', v_token.token_id, 'scopes', v_token.scopes));
  return core.reply(core.token_json(v_token, v_me.now), p_status => 201);
end
$$;
