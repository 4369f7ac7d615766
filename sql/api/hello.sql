-- Opens a session of the student port: may this certificate speak for this student at this school, and what is the school called?
-- Notes the contact, so that "gone silent" counts from the last connection and not from the last result; and once an hour by which
-- device, so that a student can tell which one is in use.
--
-- Who: sg_student. Ground: the student's own certificate. verdict 9 (another school) when the code of the certificate is not a
-- school here; else as core.verdicts. Locks: the student's progress row and the device's, for the updates alone.
create or replace function api.hello(p_school_code text, p_student int8, p_device int8, p_serial bytea, out verdict int2,
                                     out school_id int4, out school_name text, out zone text, out not_after timestamptz,
                                     out id_salt uuid)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
#variable_conflict use_column
declare
  v_school core.school := core.enter_school(p_school_code, p_missing_ok => true);
begin
  if v_school.school_id is null then
    verdict := 9;
    return;
  end if;
  school_id := v_school.school_id;
  select v.verdict, v.not_after into verdict, not_after
    from core.verdicts(array[row(v_school.school_id, p_student, p_device, p_serial, 0)::api.upload_row]) v;
  if verdict = 0 then
    school_name := v_school.name;
    zone := v_school.zone;
    select s.id_salt into id_salt from core.student s where s.school_id = v_school.school_id and s.student_id = p_student;
    update core.progress p set last_sync_at = now() where p.school_id = v_school.school_id and p.student_id = p_student;
    update core.device d set last_seen_at = now()
     where d.school_id = v_school.school_id and d.device_id = p_device
       and (d.last_seen_at is null or d.last_seen_at < now() - interval '1 hour');
  else
    not_after := null;
  end if;
end
$$;
