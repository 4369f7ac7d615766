-- Somebody on both sides of the counsellor wall, as answers show it.
create or replace function core.conflict_json(p_school int4, p_student int8, p_staff int8, p_counsels jsonb, p_assesses jsonb)
  returns jsonb
  language sql stable as $$
  select jsonb_build_object('student', core.student_ref(s), 'staff', core.staff_ref(p_school, p_staff),
                            'counsels', p_counsels, 'assesses', p_assesses)
    from core.student s where s.school_id = p_school and s.student_id = p_student
$$;
