-- Takes down what the office's file knows of exams: rows as core.import_plans reads them. A preview and its being applied in one
-- call. Each row becomes up to three statements in the log of plan changes (planned, taken, result), made by the office now; what
-- is in force already adds nothing, so the same file twice changes nothing, and what a person said is kept.
--
-- Gives {"new","changed","unchanged","unknown_students":[…]}, and "kept" where there are any; new is an attempt nobody had spoken
-- of.
--
-- For the operator's tool of the version before; see api.import_file.
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
  v_done jsonb;
begin
  perform core.import_rows_of(p_rows);
  v_done := core.import_by_operator(v_school, 'plans', p_source, '{}', p_past_brake, 0);
  return (v_done -> 'counts') - 'import_id';
end
$$;
