-- Does what a preview shows: all of it or nothing. Body: {"revision": of the import as seen, "past_brake": why more than the brake
-- allows is right}. Refused (409): conflict, stopped (with "stops"), data_changed: somebody changed what the preview was made from.
-- POST /api/v1/imports/{import}/apply
--
-- Who: sg_office, right "roster". Ground: dean or operator of the school. Locks: core.import_lock, the import, what it changes.
create or replace function api.import_apply(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'roster', p_write => true);
  v_body constant jsonb := p_args -> 'body';
  v_import ops.import;
  v_students int8[];
begin
  perform core.args_known(p_args, '{import}', '{revision,past_brake}');
  v_import := core.import_named(v_me, p_args);
  if core.arg_number(v_body, 'revision', -1, 0, 2147483647) <> v_import.revision then
    perform core.conflict(core.import_json(v_import, core.may(v_me, 'records')));
  end if;
  v_students := core.import_apply(v_import, v_me.staff_id, core.arg(v_body, 'past_brake', p_most => 500));
  v_import := core.import_named(v_me, p_args);
  perform core.note_done(v_me, 'import_apply', v_students,
    jsonb_build_object('import', v_import.import_id, 'kind', v_import.kind, 'past_brake', v_import.past_brake));
  return core.reply(core.import_json(v_import, core.may(v_me, 'records')), p_ground => v_me.ground);
end
$$;
