-- Opens an account, {"email", "name", "roles"}, with a one-time code that the daemon made and shows once ("code_hash"). 201 with
-- the account. Wants a fresh proof. Refuses 409 email_in_use. POST /api/v1/staff
--
-- Who: sg_office. Ground: letting people in. Locks: none.
create or replace function api.staff_add(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'staff', p_write => true, p_step_up => true);
  v_body constant jsonb := p_args -> 'body';
  v_staff core.staff;
begin
  perform core.args_known(p_args, '{}', '{email,name,roles,code_hash}');
  v_staff.email := core.arg_email(v_body, 'email', true);
  v_staff.name := core.arg(v_body, 'name', true, 120);
  v_staff.roles := core.arg_list(v_body, 'roles', 5, '{dean,adviser,operator,auditor,administrator}');
  if v_staff.roles is null then
    perform core.refuse(422, 'missing', '"roles" is missing.', 'roles', 'Give at least one.');
  end if;
  insert into core.staff (school_id, email, name, roles, created_at)
  values (v_me.school_id, v_staff.email, v_staff.name, v_staff.roles, v_me.now)
      on conflict (school_id, email) do nothing
  returning * into v_staff;
  if not found then
    perform core.refuse(409, 'email_in_use', 'There is an account with this address.', 'email');
  end if;
  perform core.invite(v_staff, core.arg_hash(v_body, 'code_hash', true), v_me.now);
  perform core.note_done(v_me, 'staff_add', '{}', jsonb_build_object('staff_id', v_staff.staff_id, 'roles', v_staff.roles));
  return core.reply(core.staff_json(v_staff), p_status => 201);
end
$$;
