-- Takes back what an import changed, where it is still as the import left it: what people did since stays, and the rows say so.
-- Body: {"revision": of the import as seen}. POST /api/v1/imports/{import}/undo
--
-- Who: sg_office, right "roster". Ground: dean or operator of the school. Locks: core.import_lock, the import, what it changes.
create or replace function api.import_undo(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'roster', p_write => true);
  v_import ops.import;
  v_students int8[];
begin
  perform core.args_known(p_args, '{import}', '{revision}');
  v_import := core.import_named(v_me, p_args);
  if core.arg_number(p_args -> 'body', 'revision', -1, 0, 2147483647) <> v_import.revision then
    perform core.conflict(core.import_json(v_import, core.may(v_me, 'records')));
  end if;
  v_students := core.import_undo(v_import, v_me.staff_id);
  v_import := core.import_named(v_me, p_args);
  perform core.note_done(v_me, 'import_undo', v_students, jsonb_build_object('import', v_import.import_id, 'kind', v_import.kind));
  return core.reply(core.import_json(v_import, core.may(v_me, 'records')), p_ground => v_me.ground);
end
$$;
