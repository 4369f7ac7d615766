-- A new one-time code for an account, by which its password is chosen anew: {"code_hash", "reset_second_factor"}; codes it had are
-- void. With reset_second_factor its second factor and its sessions are gone at once. 201 with the account. Wants a fresh proof.
-- Refuses 409 disabled. POST /api/v1/staff/{staff}/invitation
--
-- Who: sg_office. Ground: letting people in. Locks: the account's row.
create or replace function api.staff_invite(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'staff', p_write => true, p_step_up => true);
  v_body constant jsonb := p_args -> 'body';
  v_staff core.staff;
  v_reset bool;
begin
  perform core.args_known(p_args, '{staff}', '{code_hash,reset_second_factor}');
  v_reset := core.arg_flag(v_body, 'reset_second_factor');
  v_staff := core.staff_named(v_me, p_args, 'staff');
  if v_staff.status = 'disabled' then
    perform core.refuse(409, 'disabled', 'This account is disabled.', p_remedy => 'Make it active first.');
  end if;
  perform core.invite(v_staff, core.arg_hash(v_body, 'code_hash', true), v_me.now);
  perform core.note_done(v_me, 'staff_invite', '{}', jsonb_build_object('staff_id', v_staff.staff_id,
                                                                            'reset_second_factor', v_reset));
  if v_reset then
    perform core.second_factor_reset(v_staff, v_me.now);
  end if;
  select * into v_staff from core.staff p where p.school_id = v_me.school_id and p.staff_id = v_staff.staff_id;
  return core.reply(core.staff_json(v_staff), p_status => 201);
end
$$;
