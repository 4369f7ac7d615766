-- This student's devices, for the student's own client, the one enrolled last first: state as core.device_state. Where p_other is
-- given, that one is signed off before: another device of the same student, such as a lost laptop; whichever is signed off already
-- stays as it is. known is false, and no device is given, where the student has no such device, or it is the one that asks; it does
-- not say which devices others have. One row with the verdict alone where the certificate does not speak for this student.
--
-- Who: sg_student. Ground: the student's own certificate, judged again. Audited where it signs off. Locks: then, the device's row.
create or replace function api.devices_of(p_school int4, p_student int8, p_device int8, p_serial bytea, p_other int8)
  returns table (verdict int2, known bool, device_id int8, name text, here bool, state text, enrolled_at timestamptz,
                 last_seen_at timestamptz, not_after timestamptz, revoked_at timestamptz)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
#variable_conflict use_column
declare
  v_revoked jsonb;
begin
  perform core.enter(array[p_school]);
  select v.verdict into verdict
    from core.verdicts(array[row(p_school, p_student, p_device, p_serial, 0)::api.upload_row]) v;
  known := p_other is null or (p_other <> p_device and exists (
    select from core.device d where d.school_id = p_school and d.device_id = p_other and d.student_id = p_student));
  if verdict <> 0 or not known then
    return next;
    return;
  end if;
  if p_other is not null then
    v_revoked := core.devices_revoke(p_school, p_student, p_other, 'Signed off by the student');
    if v_revoked <> '[]' then
      perform core.note(p_school, 'device_sign_off', array[p_student],
                        jsonb_build_object('device', p_other, 'by_device', p_device));
    end if;
  end if;
  return query
    select 0::int2, true, d.device_id, d.name, d.device_id = p_device, core.device_state(d.revoked_at, c.not_after, now()),
           d.created_at, d.last_seen_at, c.not_after, d.revoked_at
      from core.device d
      left join lateral (select max(x.not_after) as not_after from core.certificate x
                          where x.school_id = d.school_id and x.device_id = d.device_id and x.state = 'issued') c on true
     where d.school_id = p_school and d.student_id = p_student
     order by d.created_at desc, d.device_id desc;
end
$$;
