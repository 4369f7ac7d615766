-- Ends one of one's own sessions. 404 where it is somebody else's, none, or over. DELETE /api/v1/sessions/{session}
--
-- Who: sg_office. Ground: one's own account. Locks: the person's row, then the sessions: two that end each other take turns.
create or replace function api.session_end_other(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self', p_write => true);
  v_session int8;
begin
  perform core.args_known(p_args, '{session}');
  v_session := core.arg_number(p_args, 'session', null, 1, 999999999999999999);
  if v_session is null or v_session <> all (core.sessions_of(v_me.school_id, v_me.staff_id)) then
    perform core.refuse(404, 'not_found', 'There is no such session of yours.', 'session');
  end if;
  perform from core.staff p where p.school_id = v_me.school_id and p.staff_id = v_me.staff_id for no key update;
  perform core.note_done(v_me, 'session_end_other', '{}', jsonb_build_object('session_id', v_session));
  return core.reply(jsonb_build_object('ended', core.sessions_end(v_me.school_id, array[v_session], 'ended elsewhere', v_me.now)));
end
$$;
