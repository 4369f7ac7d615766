-- Second half: the daemon says what it found, {"email", "revision", "password_ok", "totp_step", "recovery_hash"}, and where all is
-- right a session with the caller's new token begins, 201 with the document of api.session_show. Whoever has no second factor yet
-- gets a restricted one. "password_hash" may bring the same password under newer costs; "over_hash" a session that ends with it
-- (core.session_over). POST /api/v1/session
--
-- A right password without a code where one is needed is said as "code_needed": true. The answer is then 200 {"status":
-- "code_needed"}, nothing is opened, and the try is taken back: it was no failure, and clears none.
--
-- Wrong is answered, not raised (401 wrong_credentials, one sentence for everything that can be wrong), so that the count and the
-- line on the trail stay. "revision" is the account's that sign_in_begin gave: a password changed in between does not count.
--
-- Who: sg_office. Ground: whoever knocks. Locks: the account's row; rows of core.throttle.
create or replace function api.sign_in_finish(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_caller.school_code);
  v_now constant timestamptz := core.now();
  v_body constant jsonb := p_args -> 'body';
  v_email text;
  v_rehash text;
  v_step int8;
  v_recovery bytea;
  v_staff core.staff;
  v_ok bool;
  v_session int8;
begin
  perform core.args_known(p_args, '{}', '{email,revision,password_ok,totp_step,recovery_hash,password_hash,over_hash,code_needed}');
  v_email := lower(core.arg(v_body, 'email', true, 254));
  v_rehash := core.arg(v_body, 'password_hash', p_most => 300);
  perform core.sweep(v_school.school_id, v_now);
  select * into v_staff from core.staff p where p.school_id = v_school.school_id and p.email = v_email for no key update;
  v_ok := coalesce(v_staff.status = 'active' and v_staff.password_hash is not null and core.arg_flag(v_body, 'password_ok')
                   and v_staff.revision = core.arg_number(v_body, 'revision', 0, 0, 2147483647), false);
  v_step := core.arg_number(v_body, 'totp_step', null, 0, 1000000000000);
  v_recovery := core.arg_hash(v_body, 'recovery_hash');
  if v_ok and v_staff.totp_confirmed_at is not null and core.arg_flag(v_body, 'code_needed') then
    perform core.throttle_give_back(v_school.school_id, v_email, p_caller.address, p_whole => false);
    return core.reply('{"status": "code_needed"}');
  end if;
  if v_ok and v_staff.totp_confirmed_at is not null then
    v_ok := core.factor_take(v_school.school_id, v_staff.staff_id, v_step, v_recovery, v_now);
  end if;
  if not v_ok then
    perform core.note_sign(v_school.school_id, v_staff.staff_id, 'sign_in', 401, p_caller);
    return core.reply_problem(401, 'wrong_credentials', 'The address, the password or the code is not right.',
      'Look at each of them; after some tries you have to wait. An administrator can send you a code to choose a new password.');
  end if;
  if v_rehash is not null then
    update core.staff p set password_hash = v_rehash where p.school_id = v_school.school_id and p.staff_id = v_staff.staff_id;
  end if;
  perform core.throttle_give_back(v_school.school_id, v_email, p_caller.address);
  perform core.session_over(v_school.school_id, v_body, v_now);
  v_session := core.session_begin(v_staff, p_caller, 'password', v_staff.totp_confirmed_at is null, v_now);
  perform core.note_sign(v_school.school_id, v_staff.staff_id, 'sign_in', 201, p_caller, jsonb_build_object('session_id', v_session,
    'recovery_code', v_step is null and v_recovery is not null));
  return core.reply(core.session_json(v_school.school_id, v_session), p_status => 201);
end
$$;
