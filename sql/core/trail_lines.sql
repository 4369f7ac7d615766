-- The lines of the trail between two, narrowed by whatever is not null; in no order. p_status: 'any', 'done', 'refused'. Folded
-- into its caller's statement (core.trail_page), which says in which order they are read and so by which index.
create or replace function core.trail_lines(p_school int4, p_low int8, p_high int8, p_staff int8, p_action text, p_from timestamptz,
                                            p_to timestamptz, p_status text) returns setof audit.event
  language sql stable as $$
  select e.* from audit.event e
   where e.school_id = p_school and e.event_id between p_low and p_high
     and (p_staff is null or e.staff_id = p_staff) and (p_action is null or e.action = p_action)
     and (p_from is null or e.at >= p_from) and (p_to is null or e.at < p_to)
     and case p_status when 'done' then coalesce(e.status, 200) < 400 when 'refused' then e.status >= 400 else true end
$$;
