-- Second half: the daemon says what it found, {"revision", "password_ok", "totp_step", "recovery_hash", "password_given",
-- "code_given"}; either factor is enough for somebody who is signed in, both are needed to change either (core.step_up_check), and
-- what is given has to be right: who gives both, one of them wrong, would else be asked again and not told why. A code also makes a
-- restricted session whole. With "token_hash" and "csrf_hash" the session gets a new token. 200 with the document of
-- api.session_show; wrong is answered, not raised: 403 wrong_proof. POST /api/v1/session/step-up
--
-- Who: sg_office. Ground: one's own account. Locks: the account's row; rows of core.throttle.
create or replace function api.step_up_finish(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self', p_write => true);
  v_body constant jsonb := p_args -> 'body';
  v_staff core.staff;
  v_factor bool := false;
  v_password bool;
begin
  perform core.args_known(p_args, '{}',
    '{revision,password_ok,totp_step,recovery_hash,token_hash,csrf_hash,password_given,code_given}');
  select * into v_staff from core.staff p where p.school_id = v_me.school_id and p.staff_id = v_me.staff_id for no key update;
  v_password := core.arg_flag(v_body, 'password_ok') and v_staff.password_hash is not null
                and v_staff.revision = core.arg_number(v_body, 'revision', 0, 0, 2147483647);
  if v_staff.totp_confirmed_at is not null and (v_password or not core.arg_flag(v_body, 'password_given')) then
    v_factor := core.factor_take(v_me.school_id, v_me.staff_id, core.arg_number(v_body, 'totp_step', null, 0, 1000000000000),
                                 core.arg_hash(v_body, 'recovery_hash'), v_me.now);
  end if;
  if not (v_password or v_factor) or not v_password and core.arg_flag(v_body, 'password_given')
     or not v_factor and core.arg_flag(v_body, 'code_given') then
    perform core.note_sign(v_me.school_id, v_me.staff_id, 'step_up', 403, p_caller);
    return core.reply_problem(403, 'wrong_proof', 'The password or the code is not right.',
                              'Try again; after some tries you have to wait.');
  end if;
  perform core.throttle_give_back(v_me.school_id, v_staff.email, p_caller.address);
  update core.session s set stepped_up_at = v_me.now, restricted = s.restricted and not v_factor,
                            stepped_up_full = (v_password or v_staff.password_hash is null)
                                              and (v_factor or v_staff.totp_confirmed_at is null)
   where s.school_id = v_me.school_id and s.session_id = v_me.session_id;
  perform core.note_done(v_me, 'step_up', '{}', jsonb_build_object('method', case when v_factor then 'code' else 'password' end));
  perform core.session_rotate(v_me, v_body);
  return core.reply(core.session_json(v_me.school_id, v_me.session_id));
end
$$;
