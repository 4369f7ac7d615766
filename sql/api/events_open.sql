-- May this session listen for "something changed", and until when: {"school_id", "session_id", "staff_id", "ends_at"}. The daemon
-- listens to sg_changed for the school and to sg_session for the end of the session; a stream that is open is no sign of life. GET
-- /api/v1/events
--
-- Who: sg_office. Ground: the office's own work; nothing of a student is in it. Nothing of this answer leaves the daemon. Locks:
-- none.
create or replace function api.events_open(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'colleagues');
begin
  perform core.args_known(p_args, '{}');
  if v_me.session_id is null then
    perform core.refuse(403, 'no_right', 'A program has no session that could end; it asks again.');
  end if;
  return core.reply((
    select jsonb_build_object('school_id', s.school_id, 'session_id', s.session_id, 'staff_id', s.staff_id,
             'ends_at', least(s.expires_at, s.last_seen_at + core.setting(s.school_id, 'session_idle_min') * interval '1 min'))
      from core.session s where s.school_id = v_me.school_id and s.session_id = v_me.session_id));
end
$$;
