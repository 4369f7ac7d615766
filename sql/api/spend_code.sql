-- Spends a one-time code: makes the device and its certificate row, in state 'issuing', before anything is signed. What comes back
-- says what to sign, and for whom; nothing of it was chosen by the client but the key.
--
-- The code's row is locked first, so of many who bring it at once one wins and the others see what became of it. The same code with
-- the same key again is a lost answer: it gets the same device and serial, also after the code's end, until the device is revoked.
--
-- Who: sg_enrol. Ground: holding the code. verdict 11 code unknown, 12 spent, 13 expired, 10 not on the roster, 8 the device was
-- revoked since, 14 the key belongs to another device. A code is not spent by a refusal. Locks: the code's row.
create or replace function api.spend_code(p_code_hash bytea, p_key_hash bytea, p_serial bytea, p_device_name text, p_days int4,
                                          out verdict int2, out school_id int4, out school_code text, out school_name text,
                                          out student_id int8, out device_id int8, out serial bytea, out not_before timestamptz,
                                          out not_after timestamptz)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
#variable_conflict use_column
declare
  v_code core.enrol_code;
  v_device core.device;
  v_certificate core.certificate;
begin
  perform core.enter_any(); -- who enrols knows no school, only the code
  select * into v_code from core.enrol_code c where c.code_hash = p_code_hash for no key update;
  if not found then
    verdict := 11;
    return;
  end if;
  perform core.enter(array[v_code.school_id]);

  if not exists (select from core.student s
                  where s.school_id = v_code.school_id and s.student_id = v_code.student_id and s.status <> 'inactive') then
    verdict := 10;
  elsif v_code.spent_key_hash = p_key_hash then
    select * into v_device from core.device d where d.school_id = v_code.school_id and d.device_id = v_code.spent_device_id;
    select * into v_certificate from core.certificate c
     where c.school_id = v_code.school_id and c.device_id = v_code.spent_device_id and c.key_hash = p_key_hash
     order by c.created_at limit 1;
    verdict := case when v_device.revoked_at is null then 0 else 8 end;
  elsif v_code.spent_at is not null then
    verdict := 12;
  elsif v_code.expires_at <= now() then
    verdict := 13;
  else
    insert into core.device (school_id, student_id, name) values (v_code.school_id, v_code.student_id, p_device_name)
    returning * into v_device;
    insert into core.device_key (school_id, key_hash, device_id) values (v_device.school_id, p_key_hash, v_device.device_id)
        on conflict do nothing;
    if not found then
      delete from core.device d where d.school_id = v_device.school_id and d.device_id = v_device.device_id;
      verdict := 14;
      return;
    end if;
    v_certificate := core.begin_certificate(v_device.school_id, v_device.student_id, v_device.device_id, p_serial, p_key_hash,
                                             p_days);
    update core.enrol_code c
       set spent_at = now(), spent_key_hash = p_key_hash, spent_device_id = v_device.device_id
     where c.school_id = v_code.school_id and c.code_hash = v_code.code_hash and c.spent_at is null;
    update core.progress p
       set enrolled_at = coalesce(p.enrolled_at, now()), version = p.version + 1, changed_at = now()
     where p.school_id = v_code.school_id and p.student_id = v_code.student_id;
    verdict := 0;
  end if;

  if verdict = 0 then
    school_id := v_certificate.school_id;
    student_id := v_certificate.student_id;
    device_id := v_certificate.device_id;
    serial := v_certificate.serial;
    not_before := v_certificate.not_before;
    not_after := v_certificate.not_after;
    select s.code, s.name into school_code, school_name from core.school s where s.school_id = v_code.school_id;
  end if;
end
$$;
