-- A number the office works by: the school's own, else the default. Null for a key that is none. Not SQL but PL/pgSQL, which keeps
-- its plans: planning the list of defaults takes a millisecond, and a sweep asks hundreds of times.
create or replace function core.setting(p_school int4, p_key text) returns float8
  language plpgsql stable as $$
declare
  v_value jsonb := (select s.value from ops.setting s where s.school_id = p_school and s.key = p_key);
begin
  if v_value is null then
    v_value := (select d.value from core.setting_defaults() d where d.key = p_key);
  end if;
  return (v_value #>> '{}')::float8;
end
$$;
