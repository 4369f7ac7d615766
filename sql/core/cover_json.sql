-- A cover, as answers show it.
create or replace function core.cover_json(p_cover core.cover, p_zone text, p_now timestamptz) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'cover_id', (p_cover).cover_id, 'absent', core.staff_ref((p_cover).school_id, (p_cover).absent_id),
    'staff', core.staff_ref((p_cover).school_id, (p_cover).staff_id), 'reason', (p_cover).reason,
    'from', ((p_cover).valid_from at time zone p_zone)::date, 'until', core.last_day((p_cover).valid_until, p_zone),
    'granted_by', core.staff_ref((p_cover).school_id, (p_cover).granted_by), 'granted_at', (p_cover).granted_at,
    'ended_at', (p_cover).ended_at,
    'state', case when (p_cover).ended_at is not null or (p_cover).valid_until <= p_now then 'over'
                  when (p_cover).valid_from > p_now then 'coming' else 'in_force' end)
$$;
