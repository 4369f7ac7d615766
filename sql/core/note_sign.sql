-- Puts on the trail what happened at the door, before there is anybody whom core.staff_enter() knows.
create or replace function core.note_sign(p_school int4, p_staff int8, p_action text, p_status int4, p_caller api.caller,
                                          p_detail jsonb default '{}') returns void
  language sql as $$
  insert into audit.event (school_id, actor, action, detail, staff_id, address, request_id, status)
  values (p_school, coalesce('staff/' || p_staff, 'nobody'), p_action, p_detail, p_staff, (p_caller).address, (p_caller).request_id,
          p_status);
$$;
