-- Begins the renewal of a device's certificate: a further certificate row, in state 'issuing', for the same device. Asked again
-- with the same key (a lost answer) it gives the row it gave before. The old certificate stays good until its end, so a renewal
-- that stops half-way locks nobody out.
--
-- Who: sg_student. Ground: the certificate in use, judged again. verdict as core.verdicts, or 14 when the key belongs to another
-- device. Locks: the device's row, so that two renewals of one device come one after the other.
create or replace function api.renew_begin(p_school int4, p_student int8, p_device int8, p_old_serial bytea, p_new_serial bytea,
                                           p_key_hash bytea, p_days int4,
                                           out verdict int2, out school_id int4, out school_code text, out school_name text,
                                           out student_id int8, out device_id int8, out serial bytea, out not_before timestamptz,
                                           out not_after timestamptz)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
#variable_conflict use_column
declare
  v_old core.certificate;
  v_new core.certificate;
begin
  perform core.enter(array[p_school]);
  perform from core.device d where d.school_id = p_school and d.device_id = p_device for no key update;
  select v.verdict into verdict
    from core.verdicts(array[row(p_school, p_student, p_device, p_old_serial, 0)::api.upload_row]) v;
  if verdict <> 0 then
    return;
  end if;

  insert into core.device_key (school_id, key_hash, device_id) values (p_school, p_key_hash, p_device) on conflict do nothing;
  if not exists (select from core.device_key k
                  where k.school_id = p_school and k.key_hash = p_key_hash and k.device_id = p_device) then
    verdict := 14;
    return;
  end if;

  select * into v_old from core.certificate c where c.school_id = p_school and c.serial = p_old_serial;
  select * into v_new from core.certificate c
   where c.school_id = p_school and c.device_id = p_device and c.key_hash = p_key_hash and c.created_at > v_old.created_at
   order by c.created_at limit 1;
  if not found then
    v_new := core.begin_certificate(p_school, p_student, p_device, p_new_serial, p_key_hash, p_days);
  end if;
  school_id := v_new.school_id;
  student_id := v_new.student_id;
  device_id := v_new.device_id;
  serial := v_new.serial;
  not_before := v_new.not_before;
  not_after := v_new.not_after;
  select s.code, s.name into school_code, school_name from core.school s where s.school_id = p_school;
end
$$;
