-- Shuts a device out: its next message is refused, what is open is closed. It cannot be taken back; the student enrols again with a
-- new code. Body: {"reason"}. 409 where it was revoked already. POST /api/v1/devices/{device}/revoke
--
-- Who: sg_office, right "roster". Ground: dean or operator of the school. Locks: the device's row.
create or replace function api.device_revoke(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'roster', p_write => true);
  v_device core.device;
  v_reason text;
begin
  perform core.args_known(p_args, '{device}', '{reason}');
  select * into v_device from core.device d
   where d.school_id = v_me.school_id and d.device_id = core.arg_number(p_args, 'device', null, 1, 999999999999999999);
  if not found then
    perform core.refuse(404, 'not_found', 'There is no such device.', 'device');
  end if;
  v_reason := core.arg(p_args -> 'body', 'reason', true, 500);
  if core.devices_revoke(v_me.school_id, v_device.student_id, v_device.device_id, v_reason) = '[]' then
    perform core.conflict(core.device_json(v_device, v_me.now));
  end if;
  select * into v_device from core.device d where d.school_id = v_me.school_id and d.device_id = v_device.device_id;
  perform core.note_done(v_me, 'device_revoke', array[v_device.student_id],
                         jsonb_build_object('device', v_device.device_id, 'reason', v_reason));
  return core.reply(core.device_json(v_device, v_me.now), array[v_device.student_id], v_me.ground);
end
$$;
