-- Takes down what the office's file knows of exams: rows as core.import_plans reads them. A preview and its being applied in one
-- call. Each row becomes up to three statements in the log of plan changes (planned, taken, result), made by the office now; what
-- is in force already adds nothing, so the same file twice changes nothing, and what a person said is kept.
--
-- Gives {"new","changed","unchanged","unknown_students":[…]}, and "kept" where there are any; new is an attempt nobody had spoken
-- of.
--
-- Who: sg_operator. Ground: running the service. Refused (22023): an attempt that stands twice, the brake. Audited. Locks:
-- core.import_lock; the progress rows of those it touches, in key order.
drop function if exists api.plans_import(text, text, jsonb); -- it could not be told to go past the brake
create or replace function api.plans_import(p_school_code text, p_source text, p_rows jsonb, p_past_brake text default null)
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
  v_import := core.import_store(core.enter_school(p_school_code), 'plans', p_source, p_rows);
  perform core.import_stopped(v_import, p_past_brake);
  v_students := core.import_apply(v_import, null, p_past_brake);
  v_result := jsonb_build_object('new', v_import.result -> 'new', 'changed', v_import.result -> 'changed',
                                 'unchanged', v_import.result -> 'unchanged',
                                 'unknown_students', v_import.result -> 'unknown_students')
              || case when v_import.result -> 'kept' = '0' then '{}' else jsonb_build_object('kept', v_import.result -> 'kept') end;
  perform core.note(v_import.school_id, 'plans_import', v_students, v_result || jsonb_build_object('source', p_source));
  return v_result;
end
$$;
