-- A ground of an adviser as a file of assignments says it; null for none.
create or replace function core.adviser_fields(p_ground core.ground, p_zone text) returns jsonb
  language sql stable as $$
  select jsonb_build_object('adviser_email', s.email, 'until', core.last_day(p_ground.valid_until, p_zone),
                            'from', case when p_ground.valid_from > core.now()
                                         then (p_ground.valid_from at time zone p_zone)::date end)
    from core.staff s where s.school_id = p_ground.school_id and s.staff_id = p_ground.staff_id
$$;
