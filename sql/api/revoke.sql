-- Revokes a device of a student (named by the school's own id), or all of them where p_device is null (core.devices_revoke). Gives
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
  v_revoked := core.devices_revoke(v_school.school_id, v_student, p_device, p_reason);
  perform core.note(v_school.school_id, 'revoke', array[v_student],
                    jsonb_build_object('device_id', p_device, 'reason', p_reason, 'revoked', v_revoked));
  return jsonb_build_object('student_id', p_student, 'revoked', v_revoked);
end
$$;
