-- A number the office works by, as answers show it; null for a key that is none. revision 0: the school has set none of its own.
create or replace function core.setting_json(p_school int4, p_key text) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'key', d.key, 'value', coalesce(s.value, d.value), 'default', d.value, 'own', s.value is not null, 'low', d.low, 'high', d.high,
    'source', d.source, 'right', core.setting_right(d.key), 'set_by', core.staff_ref(p_school, s.set_by), 'set_at', s.set_at,
    'revision', coalesce(s.revision, 0))
    from core.setting_defaults() d
    left join ops.setting s on s.school_id = p_school and s.key = d.key
   where d.key = p_key
$$;
