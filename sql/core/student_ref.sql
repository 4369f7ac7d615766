-- {"student_id" (the school's own), "given_name", "family_name", "class_year"}
create or replace function core.student_ref(p_student core.student) returns jsonb
  language sql stable parallel safe
  return jsonb_build_object('student_id', p_student.external_id, 'given_name', p_student.given_name,
                            'family_name', p_student.family_name, 'class_year', p_student.class_year);
