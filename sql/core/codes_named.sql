-- Students as codes name them, for letters: [{"student_id","given_name","family_name"}].
create or replace function core.codes_named(p_school int4, p_students int8[]) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('student_id', s.external_id, 'given_name', s.given_name,
                                               'family_name', s.family_name)
                            order by s.family_name, s.given_name, s.student_id), '[]')
    from core.student s where s.school_id = p_school and s.student_id = any (p_students)
$$;
