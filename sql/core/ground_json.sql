-- A ground, as answers show it. source 'person' or 'roster'; what the roster says has no number.
create or replace function core.ground_json(p_ground core.ground, p_zone text, p_now timestamptz) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'ground_id', (p_ground).ground_id, 'staff', core.staff_ref((p_ground).school_id, (p_ground).staff_id),
    'kind', (p_ground).kind, 'source', case when (p_ground).ground_id is null then 'roster' else 'person' end,
    'reason', (p_ground).reason, 'from', ((p_ground).valid_from at time zone p_zone)::date,
    'until', core.last_day((p_ground).valid_until, p_zone),
    'granted_by', core.staff_ref((p_ground).school_id, (p_ground).granted_by), 'granted_at', (p_ground).granted_at,
    'ended_at', (p_ground).ended_at, 'ended_by', core.staff_ref((p_ground).school_id, (p_ground).ended_by),
    'state', case when (p_ground).ended_at is not null or (p_ground).valid_until <= p_now then 'over'
                  when (p_ground).valid_from > p_now then 'coming' else 'in_force' end)
$$;
