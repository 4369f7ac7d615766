-- Opens a session with the caller's new token for somebody who has proved who they are, and gives its number. Of one person's
-- sessions no more than sessions_most stay: the oldest end. The caller holds the person's row.
create or replace function core.session_begin(p_staff core.staff, p_caller api.caller, p_method text, p_restricted bool,
                                              p_now timestamptz) returns int8
  language plpgsql as $$
declare
  v_id int8;
begin
  insert into core.session (school_id, token_hash, staff_id, csrf_hash, method, restricted, created_at, last_seen_at, stepped_up_at,
                            expires_at, address, agent)
  values (p_staff.school_id, p_caller.token_hash, p_staff.staff_id, p_caller.csrf_hash, p_method, p_restricted, p_now, p_now, p_now,
          p_now + core.setting(p_staff.school_id, 'session_absolute_h') * interval '1 h', left(coalesce(p_caller.address, ''), 64),
          left(coalesce(p_caller.agent, ''), 200))
  returning session_id into v_id;
  perform core.sessions_end(p_staff.school_id, array(
    select s.session_id from core.session s
     where s.school_id = p_staff.school_id and s.staff_id = p_staff.staff_id and s.ended_at is null and s.expires_at > p_now
     order by s.session_id desc offset core.setting(p_staff.school_id, 'sessions_most')::int8), 'too many', p_now);
  return v_id;
end
$$;
