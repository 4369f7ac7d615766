-- Spends a one-time code and sets the password chosen with it: {"code_hash", "password_hash"}. The account is active from here on;
-- its other codes and all its sessions end. It opens no session: whoever has the code alone does not get past the second factor.
-- 200 {"email"}, 404 invitation_unknown. POST /api/v1/invitation
--
-- Who: sg_office. Ground: whoever brings the code. Locks: the account's row, then the code's.
create or replace function api.invitation_use(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_caller.school_code);
  v_now constant timestamptz := core.now();
  v_body constant jsonb := p_args -> 'body';
  v_code bytea;
  v_password text;
  v_staff core.staff;
begin
  perform core.args_known(p_args, '{}', '{code_hash,password_hash}');
  v_code := core.arg_hash(v_body, 'code_hash', true);
  v_password := core.arg(v_body, 'password_hash', true, 300);
  -- The account first: two codes of one person, or one brought twice, take turns.
  select p.* into v_staff
    from core.staff_invitation i
    join core.staff p on p.school_id = i.school_id and p.staff_id = i.staff_id
   where i.school_id = v_school.school_id and i.code_hash = v_code and p.status <> 'disabled'
     for no key update of p;
  update core.staff_invitation i set used_at = v_now
   where i.school_id = v_school.school_id and i.code_hash = v_code and i.staff_id = v_staff.staff_id and i.used_at is null
     and i.expires_at > v_now;
  if not found then
    perform core.refuse(404, 'invitation_unknown', 'This code is not known, was used, or is past its end.',
                        p_remedy => 'Ask an administrator for a new one.');
  end if;
  update core.staff p set password_hash = v_password, password_set_at = v_now, status = 'active', revision = p.revision + 1
   where p.school_id = v_school.school_id and p.staff_id = v_staff.staff_id;
  update core.staff_invitation i set used_at = v_now
   where i.school_id = v_school.school_id and i.staff_id = v_staff.staff_id and i.used_at is null;
  perform core.sessions_end(v_school.school_id, core.sessions_of(v_school.school_id, v_staff.staff_id), 'account changed', v_now);
  perform core.note_sign(v_school.school_id, v_staff.staff_id, 'invitation_use', 200, p_caller);
  return core.reply(jsonb_build_object('email', v_staff.email));
end
$$;
