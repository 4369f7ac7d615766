-- Changes an account, {"revision", "name", "email", "roles", "status", "end_sessions"}; what is absent stays. A change of address,
-- roles or status ends the account's sessions at once, as end_sessions does by itself. "active" without a password is for single
-- sign-on. Wants a fresh proof. PATCH /api/v1/staff/{staff}
--
-- Nobody changes their own roles or status (409 own_account): that takes two. There is always an administrator (409
-- last_administrator). 409 conflict where "revision" is not the account's; 409 email_in_use; 404 not_found.
--
-- Who: sg_office. Ground: letting people in. Locks: the rows of all administrators and of the account, in order of their number.
create or replace function api.staff_change(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'staff', p_write => true, p_step_up => true);
  v_body constant jsonb := p_args -> 'body';
  v_id int8;
  v_old core.staff;
  v_new core.staff;
  v_end bool;
begin
  perform core.args_known(p_args, '{staff}', '{revision,name,email,roles,status,end_sessions}');
  v_id := core.arg_number(p_args, 'staff', null, 1, 999999999999999999);
  perform from core.staff p
    where p.school_id = v_me.school_id
      and (p.staff_id in (v_id, v_me.staff_id) or (p.status = 'active' and 'administrator' = any (p.roles)))
    order by p.staff_id for no key update;
  -- Whoever was ahead of us may have taken our own right away.
  v_me := core.staff_enter(p_caller, 'staff', p_write => true, p_step_up => true);
  v_old := core.staff_named(v_me, p_args, 'staff');
  if core.arg_number(v_body, 'revision', 0, 1, 2147483647) <> v_old.revision then
    perform core.conflict(core.staff_json(v_old));
  end if;
  v_new := v_old;
  v_new.name := coalesce(core.arg(v_body, 'name', p_most => 120), v_old.name);
  v_new.email := coalesce(core.arg_email(v_body, 'email'), v_old.email);
  v_new.roles := coalesce(core.arg_list(v_body, 'roles', 5, '{dean,adviser,operator,auditor,administrator}'), v_old.roles);
  v_new.status := core.arg_choice(v_body, 'status', '{invited,active,disabled}', v_old.status);
  if v_new.status = 'invited' and v_old.status <> 'invited' then
    perform core.refuse(422, 'invalid', 'An account is invited by a new code.', 'status');
  elsif v_old.staff_id = v_me.staff_id and (v_new.roles, v_new.status) is distinct from (v_old.roles, v_old.status) then
    perform core.refuse(409, 'own_account', 'Nobody changes their own roles.', p_remedy => 'Ask another administrator.');
  elsif not ('administrator' = any (v_new.roles) and v_new.status = 'active') and not exists (
          select from core.staff p where p.school_id = v_me.school_id and p.staff_id <> v_id and p.status = 'active'
                                     and 'administrator' = any (p.roles)) then
    perform core.refuse(409, 'last_administrator', 'Without this account there would be no administrator.',
                        p_remedy => 'Make somebody else one first.');
  elsif exists (select from core.staff p where p.school_id = v_me.school_id and p.email = v_new.email and p.staff_id <> v_id) then
    perform core.refuse(409, 'email_in_use', 'There is an account with this address.', 'email');
  end if;
  v_end := core.arg_flag(v_body, 'end_sessions') or (v_new.email, v_new.roles, v_new.status) is distinct from
                                                    (v_old.email, v_old.roles, v_old.status);
  update core.staff p set name = v_new.name, email = v_new.email, roles = v_new.roles, status = v_new.status,
                          revision = p.revision + 1
   where p.school_id = v_me.school_id and p.staff_id = v_id
  returning * into v_new;
  -- On the trail before the sessions end: they may be the caller's own.
  perform core.note_done(v_me, 'staff_change', '{}', jsonb_build_object('staff_id', v_id, 'end_sessions', v_end,
    'from', jsonb_build_object('name', v_old.name, 'email', v_old.email, 'roles', v_old.roles, 'status', v_old.status),
    'to', jsonb_build_object('name', v_new.name, 'email', v_new.email, 'roles', v_new.roles, 'status', v_new.status)));
  if v_end then
    perform core.sessions_end(v_me.school_id, core.sessions_of(v_me.school_id, v_id), 'account changed', v_me.now);
  end if;
  return core.reply(core.staff_json(v_new));
end
$$;
