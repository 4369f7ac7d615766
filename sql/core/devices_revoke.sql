-- Revokes a device of a student, or all of them where p_device is null. The student port looks at the device with every request,
-- and is told at once (channel sg_revoked) so that it can close open connections. Gives the devices that were in force until now:
-- [{"device_id","name"}]. Locks: the devices' rows.
create or replace function core.devices_revoke(p_school int4, p_student int8, p_device int8, p_reason text) returns jsonb
  language plpgsql as $$
declare
  v_revoked jsonb;
begin
  with revoked as (
    update core.device
       set revoked_at = now(), revoked_reason = p_reason
     where school_id = p_school and student_id = p_student and device_id = coalesce(p_device, device_id) and revoked_at is null
    returning device_id, name
  )
  select coalesce(jsonb_agg(jsonb_build_object('device_id', device_id, 'name', name) order by device_id), '[]') into v_revoked
    from revoked;
  perform pg_notify('sg_revoked', p_school || '/' || (d ->> 'device_id')) from jsonb_array_elements(v_revoked) d;
  return v_revoked;
end
$$;
