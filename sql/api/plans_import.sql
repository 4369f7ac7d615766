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
  v_school core.school := core.enter_school(p_school_code);
  v_done record;
  v_result jsonb;
begin
  select * into v_done from core.import_at_once(v_school, 'plans', p_source, p_rows, p_past_brake);
  v_result := jsonb_build_object('new', v_done.counts -> 'new', 'changed', v_done.counts -> 'changed',
                                 'unchanged', v_done.counts -> 'unchanged',
                                 'unknown_students', v_done.counts -> 'unknown_students')
              || case when v_done.counts -> 'kept' = '0' then '{}' else jsonb_build_object('kept', v_done.counts -> 'kept') end;
  perform core.note(v_school.school_id, 'plans_import', v_done.students, v_result || jsonb_build_object('source', p_source));
  return v_result;
end
$$;
