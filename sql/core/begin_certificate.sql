-- Writes the row of a certificate that is about to be signed, in state 'issuing'. In force from now, by whole seconds, because a
-- certificate knows no others.
create or replace function core.begin_certificate(p_school int4, p_student int8, p_device int8, p_serial bytea, p_key_hash bytea,
                                                  p_days int4) returns core.certificate
  language sql as $$
  insert into core.certificate (school_id, serial, student_id, device_id, key_hash, not_before, not_after)
  values (p_school, p_serial, p_student, p_device, p_key_hash, date_trunc('second', now()),
          date_trunc('second', now()) + make_interval(days => p_days))
  returning *
$$;
