-- A device as the office sees it. last_seen_at is of the student, by whichever device.
create or replace function core.device_json(p_device core.device, p_now timestamptz) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'device_id', p_device.device_id, 'student', core.student_ref(s), 'name', p_device.name,
    'state', core.device_state(p_device.revoked_at, c.not_after, p_now),
    'enrolled_at', p_device.created_at, 'certificate_until', c.not_after, 'last_seen_at', p.last_sync_at,
    'revoked_at', p_device.revoked_at, 'revoked_reason', p_device.revoked_reason)
    from core.student s
    join core.progress p on p.school_id = s.school_id and p.student_id = s.student_id
    left join lateral (select max(x.not_after) as not_after from core.certificate x
                        where x.school_id = p_device.school_id and x.device_id = p_device.device_id
                          and x.state = 'issued') c on true
   where s.school_id = p_device.school_id and s.student_id = p_device.student_id
$$;
