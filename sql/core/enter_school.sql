-- Finds a school by its code and puts it alone into scope. Raises 22023 (which the programs show to the operator) when there is
-- no such school, unless p_missing_ok: then the result is null and nothing is in scope.
create or replace function core.enter_school(p_code text, p_missing_ok bool default false) returns core.school
  language plpgsql as $$
declare
  v_school core.school;
begin
  perform core.enter_any();
  select * into v_school from core.school where code = p_code;
  if v_school.school_id is null then
    perform core.enter('{}');
    if not p_missing_ok then
      raise exception 'there is no school "%"', p_code using errcode = 'invalid_parameter_value';
    end if;
    return null;
  end if;
  perform core.enter(array[v_school.school_id]);
  return v_school;
end
$$;
