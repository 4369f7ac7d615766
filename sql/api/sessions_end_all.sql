-- Signs out everywhere, here too. DELETE /api/v1/sessions
--
-- Who: sg_office. Ground: one's own account. Locks: the person's row, then the sessions: two that end each other take turns.
create or replace function api.sessions_end_all(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self', p_write => true);
begin
  perform core.args_known(p_args, '{}');
  perform from core.staff p where p.school_id = v_me.school_id and p.staff_id = v_me.staff_id for no key update;
  perform core.note_done(v_me, 'sessions_end_all');
  return core.reply(jsonb_build_object(
    'ended', core.sessions_end(v_me.school_id, core.sessions_of(v_me.school_id, v_me.staff_id), 'signed out', v_me.now)));
end
$$;
