-- Takes back what an import changed, for the operator's tool (core.import_undo): what people did since stays. Gives the import as
-- it is then (core.import_json); null where the school has none of that number.
--
-- Who: sg_operator. Ground: running the service. Refused (SG409): what is not in force, or too old. Audited. Locks:
-- core.import_lock, the import, what it changes.
create or replace function api.import_take_back(p_school_code text, p_import int8) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_import ops.import;
  v_students int8[];
begin
  select * into v_import from ops.import i where i.school_id = v_school.school_id and i.import_id = p_import;
  if not found then
    return null;
  end if;
  v_students := core.import_undo(v_import, null);
  select * into v_import from ops.import i where i.school_id = v_school.school_id and i.import_id = p_import;
  perform core.note(v_school.school_id, 'import_undo', v_students,
                    jsonb_build_object('import', v_import.import_id, 'kind', v_import.kind));
  return core.import_json(v_import, true);
end
$$;
