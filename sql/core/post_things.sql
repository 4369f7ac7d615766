-- What a webhook is told of the things of a kind that a sweep told people of: how many they are, each once however many were told.
create or replace function core.post_things(p_school int4, p_kind text, p_now timestamptz) returns jsonb
  language sql stable as $$
  select jsonb_build_object('school', s.code, 'n', (
           select count(distinct regexp_replace(m.dedup_key, '/staff/[0-9]+$', '')) from ops.message m
            where m.school_id = p_school and m.kind = p_kind and m.made_at = p_now and m.dedup_key not like p_kind || '/list/%'),
           'path', '/')
    from core.school s where s.school_id = p_school
$$;
