-- Kept nights up to one, the newest p_most in order, by state: [{"night", "at_risk", "borderline", "on_track", "cannot_say"}].
create or replace function core.brief_nights(p_school int4, p_night date, p_most int4) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('night', n.night) || c.counts order by n.night), '[]')
    from (select o.night from ops.night o where o.school_id = p_school and o.night <= p_night order by o.night desc limit p_most) n
   cross join lateral (
          select core.brief_states(count(*) filter (where e.state = 1), count(*) filter (where e.state = 2),
                                   count(*) filter (where e.state = 3), count(*) filter (where e.state = 4)) as counts
            from core.estimate_night e where e.school_id = p_school and e.night = n.night) c
$$;
