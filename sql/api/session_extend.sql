-- Says that the person is still there: the time without doing anything begins anew; the absolute limit stays. POST
-- /api/v1/session/extend
--
-- Who: sg_office. Ground: one's own account. Not on the trail, like every sign of life. Locks: the session's row.
create or replace function api.session_extend(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self', p_write => true);
begin
  perform core.args_known(p_args, '{}');
  update core.session s set last_seen_at = v_me.now
   where s.school_id = v_me.school_id and s.session_id = v_me.session_id and s.last_seen_at < v_me.now;
  return core.reply(core.session_json(v_me.school_id, v_me.session_id));
end
$$;
