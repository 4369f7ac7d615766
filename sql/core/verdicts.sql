-- Whether each upload (or any request of a device) may go on: 0, or the fault number of proto/fault.h. The one place where a
-- certificate is judged; asked again with every request, because a connection may be older than a revocation.
--
-- 7 unknown certificate (never issued, of another student or device, or past its end), 8 revoked, 10 not active.
create or replace function core.verdicts(p_uploads api.upload_row[])
  returns table (upload int4, verdict int2, not_after timestamptz)
  language sql stable as $$
  select (u.n - 1)::int4,
         case
           when c.serial is null or c.state <> 'issued' or c.student_id <> u.student_id or c.device_id <> u.device_id
                or c.not_after <= now() then 7
           when d.revoked_at is not null then 8
           when s.status = 'inactive' then 10
           else 0
         end::int2,
         c.not_after
    from unnest(p_uploads) with ordinality as u(school_id, student_id, device_id, serial, rows, n)
    left join core.certificate c on c.school_id = u.school_id and c.serial = u.serial
    left join core.device d on d.school_id = c.school_id and d.device_id = c.device_id
    left join core.student s on s.school_id = c.school_id and s.student_id = c.student_id
$$;
