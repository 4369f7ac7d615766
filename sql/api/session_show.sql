-- Who is signed in, what they may do, and until when. GET /api/v1/session
--
-- Who: sg_office. Ground: one's own account. Locks: none.
create or replace function api.session_show(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self');
begin
  perform core.args_known(p_args, '{}');
  return core.reply(core.session_json(v_me.school_id, v_me.session_id));
end
$$;
