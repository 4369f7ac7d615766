-- One import: what the file was taken for, the counts, what stands against applying it, who applied and who undid it.
-- GET /api/v1/imports/{import}
--
-- Who: sg_office, right "roster". Ground: dean or operator of the school; no student is in it. Locks: none.
create or replace function api.import_show(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'roster');
begin
  perform core.args_known(p_args, '{import}');
  return core.reply(core.import_json(core.import_named(v_me, p_args), core.may(v_me, 'records')), p_ground => v_me.ground);
end
$$;
