-- Lets in whom the school's identity provider has signed in: {"issuer", "subject", "email" (only where the provider says that it is
-- verified), "step_up", and for the trail what it says of the proof: "acr", "amr", "auth_time"}. The account is found by issuer and
-- subject, the first time by the address; it must be there and active: nobody gets an account by signing in. Whoever is linked
-- already is not found by address any more, so an address that was given to somebody else opens nothing. The second factor is the
-- provider's business (setting oidc_second_factor 1), or a code of ours is wanted as well: the session is restricted until
-- api.step_up_finish saw one, and whoever has such a second factor cannot change it on the provider's word alone.
--
-- step_up: the caller has a session, and the provider asked the same person again; the session counts as freshly proved, and gets a
-- new token with "token_hash" and "csrf_hash". 201 with the document of api.session_show, 200 for step_up; 403 no_account,
-- answered, not raised. "over_hash" ends a session that the browser had so far (core.session_over). GET /api/v1/oidc/callback
--
-- Who: sg_office. Ground: whoever knocks. Locks: the account's row.
create or replace function api.oidc_sign_in(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_caller.school_code);
  v_now constant timestamptz := core.now();
  v_body constant jsonb := p_args -> 'body';
  v_issuer text;
  v_subject text;
  v_email text;
  v_staff core.staff;
  v_session int8;
  v_said jsonb;
  v_trusted bool; -- the provider's word is all that is wanted
  v_me core.me;
begin
  perform core.args_known(p_args, '{}', '{issuer,subject,email,step_up,acr,amr,auth_time,token_hash,csrf_hash,over_hash}');
  v_issuer := core.arg(v_body, 'issuer', true, 500);
  v_subject := core.arg(v_body, 'subject', true, 255);
  v_email := core.arg_email(v_body, 'email');
  v_said := jsonb_strip_nulls(jsonb_build_object('issuer', v_issuer, 'acr', core.arg(v_body, 'acr', p_most => 200),
    'amr', core.arg(v_body, 'amr', p_most => 200), 'auth_time', core.arg_number(v_body, 'auth_time', null, 0, 1000000000000)));
  v_trusted := core.setting(v_school.school_id, 'oidc_second_factor') = 1;
  if core.arg_flag(v_body, 'step_up') then
    v_me := core.staff_enter(p_caller, 'self');
  end if;
  select * into v_staff from core.staff p
   where p.school_id = v_school.school_id and p.oidc_issuer = v_issuer and p.oidc_subject = v_subject for no key update;
  if not found then
    select * into v_staff from core.staff p
     where p.school_id = v_school.school_id and p.email = v_email and p.oidc_subject is null for no key update;
  end if;
  if v_staff.status is distinct from 'active' or v_staff.staff_id is distinct from coalesce(v_me.staff_id, v_staff.staff_id) then
    perform core.note_sign(v_school.school_id, v_staff.staff_id, 'oidc_sign_in', 403, p_caller, v_said);
    return core.reply_problem(403, 'no_account', 'There is no account here for whom your school signed in.',
                              'Ask an administrator of Stepguard for one.');
  end if;
  if v_staff.oidc_subject is null then
    update core.staff p set oidc_issuer = v_issuer, oidc_subject = v_subject
     where p.school_id = v_school.school_id and p.staff_id = v_staff.staff_id;
  end if;
  if v_me.session_id is not null then
    update core.session s set stepped_up_at = v_now, stepped_up_full = v_trusted or v_staff.totp_confirmed_at is null
     where s.school_id = v_school.school_id and s.session_id = v_me.session_id;
    perform core.note_done(v_me, 'step_up', '{}', v_said || '{"method": "oidc"}');
    perform core.session_rotate(v_me, v_body);
    return core.reply(core.session_json(v_school.school_id, v_me.session_id));
  end if;
  perform core.sweep(v_school.school_id, v_now);
  perform core.session_over(v_school.school_id, v_body, v_now);
  v_session := core.session_begin(v_staff, p_caller, 'oidc', not v_trusted, v_now);
  update core.session s set stepped_up_full = v_trusted or v_staff.totp_confirmed_at is null
   where s.school_id = v_school.school_id and s.session_id = v_session;
  perform core.note_sign(v_school.school_id, v_staff.staff_id, 'oidc_sign_in', 201, p_caller,
                         v_said || jsonb_build_object('session_id', v_session, 'linked', v_staff.oidc_subject is null));
  return core.reply(core.session_json(v_school.school_id, v_session), p_status => 201);
end
$$;
