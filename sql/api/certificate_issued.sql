-- Keeps a signed certificate and puts it in force; only after this may it leave the house. Told again (a lost answer) it keeps
-- the first and says true as well: both carry the same serial and key. False when there is no such row, or the device was
-- revoked while the signature was made.
--
-- Who: sg_student, sg_enrol. Ground: having begun it (spend_code, renew_begin). Locks: the certificate's row.
create or replace function api.certificate_issued(p_school int4, p_serial bytea, p_der bytea) returns bool
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
begin
  perform core.enter(array[p_school]);
  update core.certificate c
     set state = 'issued', der = coalesce(c.der, p_der)
    from core.device d
   where c.school_id = p_school and c.serial = p_serial
     and d.school_id = c.school_id and d.device_id = c.device_id and d.revoked_at is null;
  return found;
end
$$;
