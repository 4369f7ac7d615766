-- A student's open flags as JSON, the gravest first, then the oldest.
create or replace function core.open_flags(p_school int4, p_student int8) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('code', f.code, 'severity', core.severity_name(f.severity), 'text', f.text,
                                               'since', f.opened_at) order by f.severity desc, f.opened_at, f.code), '[]')
    from core.flag f
   where f.school_id = p_school and f.student_id = p_student and f.closed_at is null
$$;
