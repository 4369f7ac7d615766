-- A student as one entry of a list, in the few words that every list has.
create or replace function core.student_brief(p_student core.student) returns jsonb
  language sql immutable
  return jsonb_build_object('student_id', (p_student).external_id, 'given_name', (p_student).given_name,
                            'family_name', (p_student).family_name, 'class_year', (p_student).class_year);
