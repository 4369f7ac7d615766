-- Brings the roster up to date from a file: rows as core.import_roster reads them. A preview and its being applied in one call: all
-- or nothing. A student who is not in the file is left alone: missing is never gone. More changes than the brake allows
-- (core.import_stops) are refused, unless p_past_brake says why they are right.
--
-- Gives {"import_id","new","changed","unchanged","reactivated"}: new, changed and unchanged add up to the rows; who came back from
-- inactive, or left, is among the changed.
--
-- For the operator's tool of the version before; see api.import_file.
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
  v_school core.school := core.enter_school(p_school_code);
  v_done jsonb;
begin
  perform core.import_rows_of(p_rows);
  v_done := core.import_by_operator(v_school, 'roster', p_source, '{}', p_past_brake, 0);
  return v_done -> 'counts';
end
$$;
