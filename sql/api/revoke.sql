-- Revokes a device of a student (named by the school's own id), or all of them where p_device is null. The student port looks at
-- the device with every request, and is told at once (channel sg_revoked) so that it can close open connections. Gives
-- {"student_id","revoked":[{"device_id","name"}, …]}: the devices that were in force until now; null for an unknown student.
--
-- Who: sg_operator. Ground: running the service. Audited. Locks: the devices' rows.
create or replace function api.revoke(p_school_code text, p_student text, p_device int8, p_reason text) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_student int8;
  v_revoked jsonb;
begin
  select student_id into v_student from core.student where school_id = v_school.school_id and external_id = p_student;
  if not found then
    return null;
  end if;
  with revoked as (
    update core.device
       set revoked_at = now(), revoked_reason = p_reason
     where school_id = v_school.school_id and student_id = v_student and device_id = coalesce(p_device, device_id)
       and revoked_at is null
    returning device_id, name
  )
  select coalesce(jsonb_agg(jsonb_build_object('device_id', device_id, 'name', name) order by device_id), '[]') into v_revoked
    from revoked;
  perform pg_notify('sg_revoked', v_school.school_id || '/' || (d ->> 'device_id')) from jsonb_array_elements(v_revoked) d;
  perform core.note(v_school.school_id, 'revoke', array[v_student],
                    jsonb_build_object('device_id', p_device, 'reason', p_reason, 'revoked', v_revoked));
  return jsonb_build_object('student_id', p_student, 'revoked', v_revoked);
end
$$;
