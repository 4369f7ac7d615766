-- Which mail one gets, and whether the school sends any at all. GET /api/v1/me/mail
--
-- Who: sg_office. Ground: one's own account. Locks: none.
create or replace function api.mail_choices(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self');
begin
  perform core.args_known(p_args, '{}');
  return core.reply(core.mail_choice_json(v_me), '{}', v_me.ground);
end
$$;
