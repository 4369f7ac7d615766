-- A number the office works by: the school's own, else the default. Null for a key that is none.
create or replace function core.setting(p_school int4, p_key text) returns float8
  language sql stable as $$
  select coalesce((select s.value from ops.setting s where s.school_id = p_school and s.key = p_key), d.value)::text::float8
    from core.setting_defaults() d where d.key = p_key
$$;
