-- Brings the roster up to date from a file: rows as core.import_roster reads them. A preview and its being applied in one call: all
-- or nothing. A student who is not in the file is left alone: missing is never gone. More changes than the brake allows
-- (core.import_stops) are refused, unless p_past_brake says why they are right.
--
-- Gives {"import_id","new","changed","unchanged","reactivated"}: new, changed and unchanged add up to the rows; who came back from
-- inactive, or left, is among the changed.
--
-- Who: sg_operator. Ground: running the service. Refused (22023): an id twice, an unknown track or status, the brake. Audited.
-- Locks: core.import_lock; the changed students' rows, in order of their number; then the progress rows of those whose estimate it
-- touches.
drop function if exists api.roster_import(text, text, jsonb); -- it could not be told to go past the brake
create or replace function api.roster_import(p_school_code text, p_source text, p_rows jsonb, p_past_brake text default null)
  returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_import ops.import;
  v_students int8[];
  v_result jsonb;
begin
  v_import := core.import_store(core.enter_school(p_school_code), 'roster', p_source, p_rows);
  perform core.import_stopped(v_import, p_past_brake);
  v_students := core.import_apply(v_import, null, p_past_brake);
  v_result := jsonb_build_object('import_id', v_import.import_id, 'new', v_import.result -> 'new',
    'changed', (v_import.result ->> 'changed')::int4 + (v_import.result ->> 'leaving')::int4,
    'unchanged', v_import.result -> 'unchanged', 'reactivated', v_import.result -> 'reactivated');
  perform core.note(v_import.school_id, 'roster_import', v_students, v_result || jsonb_build_object('source', p_source));
  return v_result;
end
$$;
