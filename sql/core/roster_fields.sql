-- What a roster says of a student, as its columns say it; what an import compares and puts back.
create or replace function core.roster_fields(p_student core.student) returns jsonb
  language sql immutable parallel safe
  return jsonb_build_object('given_name', p_student.given_name, 'family_name', p_student.family_name, 'email', p_student.email,
    'class_year', p_student.class_year, 'track', ('{us_md,us_do,non_us}'::text[])[p_student.track + 1],
    'adviser_email', p_student.adviser_email, 'dedicated_start', p_student.dedicated_day, 'deadline', p_student.deadline,
    'status', p_student.status);
